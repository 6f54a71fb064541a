package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
