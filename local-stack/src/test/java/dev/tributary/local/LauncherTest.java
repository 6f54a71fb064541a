package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a folder of its own, with another program in Maven's place. */
final class LauncherTest {
  @TempDir Path folder;

  @Test
  void severalThatStartAtOnceBuildOnceAndAFailedBuildIsAnError() throws Exception {
    Path launcher = folder.resolve("tributary");
    Files.copy(Path.of(System.getProperty("tributary.home"), "tributary"), launcher);
    launcher.toFile().setExecutable(true);
    Files.writeString(folder.resolve("pom.xml"), "<project/>");
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
