package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.metastore.RunReport;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's way by hand: its own text, command by command. */
@Tag("long")
class ReadmeIT {
  private static final Path HOME = Path.of(System.getProperty("tributary.home"));
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");

  @TempDir Path folder;
  private int commands;

  private record Block(String language, String text) {}

  @Test
  void theCommandsOfTheReadmeDoWhatItSays() throws IOException, InterruptedException {
    Files.createSymbolicLink(folder.resolve("tributary"), HOME.resolve("tributary"));
    assertThat(blocks("See it").get(0).text()).contains("./tributary local up\n");
    List<Block> use = blocks("Use it");
    Files.writeString(folder.resolve("orders.yaml"), use.get(0).text());
    List<Process> drivers = new ArrayList<>();
    try {
      run("./tributary local up");
      assertThat(run(use.get(1).text()))
          .contains("orders is at version 1", "4 records sent to orders");
      for (String driver : use.get(2).text().lines().toList()) {
        drivers.add(start("exec " + driver));
      }
      await()
          .atMost(Duration.ofMinutes(8))
          // Each question is a process that takes its share of the machine from the drivers.
          .pollInterval(Duration.ofSeconds(10))
          .until(() -> exitCode(start("./tributary reconcile --dataset orders")) == 0);
      assertThat(run(use.get(3).text()))
          .contains("BALANCED", "running", "live", "broken, so it goes to quarantine")
          .containsPattern("(?m)^orders +1 +4 .* 1 +\\d+ +s3a://");
      addsAColumn();
      for (Process driver : drivers) {
        driver.destroy();
        assertThat(exitCode(driver)).as("a driver that was told to stop").isZero();
      }
    } finally {
      drivers.forEach(Process::destroyForcibly);
      run("./tributary local down");
    }
    assertThat(folder.resolve(".tributary/env")).doesNotExist();
  }

  @Test
  void theLinesForAClusterServeAndReachTheMetastore() throws Exception {
    Files.createSymbolicLink(folder.resolve("tributary"), HOME.resolve("tributary"));
    for (String module : List.of("phase1-raw", "phase2-lakehouse")) {
      Files.createSymbolicLink(folder.resolve(module), HOME.resolve(module));
    }
    int port = freePort();
    String url = "http://127.0.0.1:" + port;
    List<String> lines = new ArrayList<>();
    for (Block block : blocks("On a cluster").subList(0, 2)) {
      lines.add(
          block
              .text()
              .replace("/var/lib/tributary", folder.toString())
              .replace("--port 8090", "--port " + port)
              .replace("http://metastore:8090", url));
    }
    Process metastore = start(lines.get(0));
    Path log = log(commands);
    try {
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> Files.readString(log).contains("The metastore answers at"));
      assertThat(log).content().doesNotContain("to everybody").doesNotContain("there are none yet");
      Path token = folder.resolve("drivers.token");
      submitToTheProgramItself();
      String shown = run("PATH=\"$PWD/bin:$PATH\"\n" + lines.get(1));
      assertThat(shown.split("metastore.url = %s  \\(command line".formatted(url), -1)).hasSize(3);
      assertThat(shown.split("trigger = 10s  \\(command line", -1)).hasSize(3);
      assertThat(shown)
          .contains("metastore.token = ")
          .doesNotContain(Files.readString(token).trim());
      allowsADriver(URI.create(url), "file:" + token);
      assertThat(exitCode(start("./tributary dataset list --metastore.url " + url))).isEqualTo(2);
      assertThat(log(commands)).content().contains("unauthenticated");
    } finally {
      metastore.descendants().forEach(ProcessHandle::destroy);
      metastore.destroy();
      exitCode(metastore);
    }
  }

  /** A {@code spark-submit} that asks the driver's own program what it understood. */
  private void submitToTheProgramItself() throws IOException {
    Path submit = folder.resolve("bin/spark-submit");
    Files.createDirectory(submit.getParent());
    Files.writeString(
        submit,
        """
        #!/bin/bash -e
        [ "$1 $3" = "--master --class" ] && [ -f "$5" ]
        exec '%s' -cp "$5:%s/local-stack/spark-runtime/target/lib/*" "$4" "${@:6}" --show-config
        """
            .formatted(Path.of(System.getProperty("java.home"), "bin", "java"), HOME));
    assertThat(submit.toFile().setExecutable(true)).isTrue();
  }

  /** What every driver asks and tells the metastore. */
  private static void allowsADriver(URI url, String token) {
    HttpMetastore driver =
        HttpMetastore.of(
            new MetastoreConnection(url, Optional.of(token), Duration.ofSeconds(10), 1));
    assertThat(driver.sources()).isEmpty();
    assertThat(driver.datasets()).isEmpty();
    driver.reportRun(
        new RunReport(
            "run-1",
            "orders",
            1,
            RunReport.State.RUNNING,
            System.currentTimeMillis(),
            Map.of(),
            Optional.empty(),
            Optional.empty()));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void addsAColumn() throws IOException, InterruptedException {
    assumeTrue(exitCode(start("command -v curl")) == 0, "there is no curl on this machine");
    assertThat(run(blocks("Change it while it runs").get(0).text())).contains("channel");
    await()
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofSeconds(5))
        .untilAsserted(
            () ->
                assertThat(run("./tributary plan list orders"))
                    .containsPattern("(?m)^ *\\d+ +ddl +orders +2 .*committed"));
  }

  /** The fenced blocks of a section and its subsections. */
  private static List<Block> blocks(String title) throws IOException {
    String readme = Files.readString(HOME.resolve("README.md"));
    int from = readme.indexOf("# " + title + "\n");
    assertThat(from).as("the section %s of README.md", title).isNotNegative();
    Matcher matcher = BLOCK.matcher(readme).region(from, readme.length());
    List<Block> blocks = new ArrayList<>();
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    return blocks;
  }

  /** What it printed; it must succeed. */
  private String run(String commands) throws IOException, InterruptedException {
    Process process = start(commands);
    int exitCode = exitCode(process);
    String output = Files.readString(log(this.commands));
    assertThat(exitCode).as("%s%n%s", commands, output).isZero();
    return output;
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).as("it ended").isTrue();
    return process.exitValue();
  }

  private Path log(int command) {
    return folder.resolve("command-%d.log".formatted(command));
  }

  private Process start(String command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-e", "-c", command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log(++commands).toFile());
    // The build that runs this test has built it all.
    builder.environment().put("TRIBUTARY_BUILD", "never");
    return builder.start();
  }
}
