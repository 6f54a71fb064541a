package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a folder of its own, with another program in Maven's place. */
final class LauncherTest {
  @TempDir Path folder;

  @Test
  void whatIsBuiltIsBuiltAgainOnceASourceIsNewer() throws Exception {
    Path launcher = launcher();
    Path source = folder.resolve("core/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class A {}");
    Path test = folder.resolve("core/src/test/java/ATest.java");
    Files.createDirectories(test.getParent());
    Files.writeString(test, "class ATest {}");
    Path builds = folder.resolve("builds");
    String build = "echo built >> %s".formatted(builds);

    run(launcher, build);
    assertThat(builds).hasContent("built\n");
    setLater(test);
    run(launcher, build);
    assertThat(builds).hasContent("built\n");
    setLater(source);
    run(launcher, build);
    assertThat(builds).hasContent("built\nbuilt\n");
  }

  @Test
  void severalThatStartAtOnceBuildOnceAndAFailedBuildIsAnError() throws Exception {
    Path launcher = launcher();
    Path builds = folder.resolve("builds");

    List<Process> both = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      both.add(start(launcher, "echo built >> %s; sleep 1".formatted(builds)));
    }
    for (Process process : both) {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(builds).hasContent("built\n");
    assertThat(folder.resolve("target/built")).exists();

    Files.delete(folder.resolve("target/built"));
    Process failed = start(launcher, "exit 1");
    assertThat(failed.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(failed.exitValue()).isEqualTo(2);
    assertThat(new String(failed.getInputStream().readAllBytes())).contains("the build failed");
    assertThat(folder.resolve("target/built")).doesNotExist();
  }

  @Test
  void theLocalStackIsUsedWhereNoMetastoreIsNamedAndNoPartOfItElsewhere() throws Exception {
    Path launcher = launcherWithAJavaThatShowsItsEnvironment();
    Files.createDirectory(folder.resolve(".tributary"));
    Files.writeString(
        folder.resolve(".tributary/env"),
        """
        export TRIBUTARY_METASTORE_URL='http://127.0.0.1:1'
        export TRIBUTARY_S3_ENDPOINT='http://127.0.0.1:2'
        export AWS_ACCESS_KEY_ID='local'
        """);
    Files.writeString(folder.resolve("named.env"), "export TRIBUTARY_METASTORE_URL=http://far:1\n");
    Files.writeString(folder.resolve("other.env"), "# TRIBUTARY_METASTORE_URL=\nOTHER=1\n");
    Files.writeString(folder.resolve("named.yaml"), "metastore:\n  url: http://far:1\n");
    Files.writeString(folder.resolve("other.yaml"), "log:\n  level: warn  # of the metastore\n");
    String local = "http://127.0.0.1:1 http://127.0.0.1:2 local";
    String nothing = "- - -";

    for (String command : List.of("status", "phase1")) {
      assertThat(settings(launcher, Map.of(), command)).isEqualTo(local);
      assertThat(settings(launcher, Map.of(), command, "--all", "--env-file", "other.env"))
          .isEqualTo(local);
      assertThat(settings(launcher, Map.of(), command, "--settings=other.yaml")).isEqualTo(local);
      assertThat(settings(launcher, Map.of(), command, "--metastore.url", "http://far:1"))
          .isEqualTo(nothing);
      assertThat(settings(launcher, Map.of(), command, "--metastore.url=http://far:1"))
          .isEqualTo(nothing);
      assertThat(settings(launcher, Map.of(), command, "--env-file", "named.env"))
          .isEqualTo(nothing);
      assertThat(settings(launcher, Map.of(), command, "--env-file=named.env")).isEqualTo(nothing);
      assertThat(settings(launcher, Map.of("TRIBUTARY_ENV_FILE", "named.env"), command))
          .isEqualTo(nothing);
      assertThat(settings(launcher, Map.of(), command, "--settings", "named.yaml"))
          .isEqualTo(nothing);
      assertThat(settings(launcher, Map.of("TRIBUTARY_SETTINGS", "named.yaml"), command))
          .isEqualTo(nothing);
      assertThat(settings(launcher, Map.of("TRIBUTARY_METASTORE_URL", "http://far:1"), command))
          .isEqualTo("http://far:1 - -");
    }
    Files.writeString(folder.resolve(".env"), "OTHER=1\n");
    assertThat(settings(launcher, Map.of(), "status")).isEqualTo(local);
    Files.writeString(
        folder.resolve(".env"), "OTHER=1\nTRIBUTARY_METASTORE_URL = 'http://far:1'\n");
    assertThat(settings(launcher, Map.of(), "status")).isEqualTo(nothing);
  }

  private Path launcherWithAJavaThatShowsItsEnvironment() throws IOException {
    Path launcher = launcher();
    Path classpath = folder.resolve("local-stack/target/classpath");
    Files.createDirectories(classpath.getParent());
    Files.createFile(classpath);
    Path jar = folder.resolve("phase1-raw/target/phase1-raw-0-all.jar");
    Files.createDirectories(jar.getParent());
    Files.createFile(jar);
    Path java = folder.resolve("java-home/bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(
        java,
        """
        #!/bin/sh
        echo "${TRIBUTARY_METASTORE_URL:--} ${TRIBUTARY_S3_ENDPOINT:--} ${AWS_ACCESS_KEY_ID:--}"
        """);
    java.toFile().setExecutable(true);
    return launcher;
  }

  /** Where a command would find metastore and object store, and with which key. */
  private String settings(Path launcher, Map<String, String> variables, String... arguments)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(launcher.toString())
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.command().addAll(List.of(arguments));
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("TRIBUTARY_") || name.startsWith("AWS_"));
    environment.remove("SPARK_HOME");
    environment.put("JAVA_HOME", folder.resolve("java-home").toString());
    environment.put("TRIBUTARY_BUILD", "never");
    environment.putAll(variables);
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes()).trim();
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  private static void setLater(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
  }

  private void run(Path launcher, String maven) throws Exception {
    assertThat(start(launcher, maven).waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  private Path launcher() throws IOException {
    Path launcher = folder.resolve("tributary");
    Files.copy(Path.of(System.getProperty("tributary.home"), "tributary"), launcher);
    launcher.toFile().setExecutable(true);
    Files.writeString(folder.resolve("pom.xml"), "<project/>");
    return launcher;
  }

  /** A command that ends by itself once something is built. */
  private Process start(Path launcher, String maven) throws IOException {
    Path script = Files.createTempFile(folder, "maven", "");
    Files.writeString(script, "#!/bin/sh\n" + maven + "\n");
    script.toFile().setExecutable(true);
    ProcessBuilder builder =
        new ProcessBuilder(launcher.toString(), "metastore").redirectErrorStream(true);
    builder.environment().put("MVN", script.toString());
    builder.environment().remove("TRIBUTARY_BUILD");
    return builder.start();
  }
}
