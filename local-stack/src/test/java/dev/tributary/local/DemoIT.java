package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first command of the README, as a newcomer types it. */
class DemoIT {
  private static final Path HOME = Path.of(System.getProperty("tributary.home"));

  @TempDir Path folder;

  @Test
  void theDemoEndsWithBalancedAccountsAndLeavesNothingRunning()
      throws IOException, InterruptedException {
    Path log = folder.resolve("demo.log");
    Process demo =
        launch(log, "demo", "--events", "12000", "--data", folder.resolve("data").toString());

    assertThat(demo.waitFor(20, TimeUnit.MINUTES)).isTrue();
    String output = Files.readString(log);
    assertThat(demo.exitValue()).as(output).isZero();
    assertThat(output)
        .contains("kill -9 phase 2", "POST /ddl add_column", "All accounts balance")
        .contains("not-json", "wrong-type", "missing-column");
    assertThat(output.split("BALANCED \\(every coordinate read\\)", -1)).hasSize(4);
    assertThat(folder.resolve("data/stack.json")).doesNotExist();
  }

  @Test
  void everyCommandHasHelp() throws IOException, InterruptedException {
    for (String command :
        List.of(
            "demo",
            "local up",
            "local down",
            "local status",
            "local produce",
            "sweep",
            "reconcile",
            "status",
            "plan list",
            "plan accept",
            "plan void",
            "quarantine show",
            "table list",
            "dataset list",
            "dataset show",
            "dataset apply",
            "metastore")) {
      Path log = folder.resolve(command.replace(' ', '-') + ".log");
      Process help = launch(log, (command + " --help").split(" "));
      assertThat(help.waitFor(3, TimeUnit.MINUTES)).isTrue();
      assertThat(help.exitValue()).as("%s: %s", command, Files.readString(log)).isZero();
      assertThat(log).content().contains("--");
    }
  }

  @Test
  void aCommandThatDoesNotExistIsAUsageError() throws IOException, InterruptedException {
    Path log = folder.resolve("unknown.log");
    Process unknown = launch(log, "fly");

    assertThat(unknown.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(unknown.exitValue()).isEqualTo(2);
    assertThat(log).content().contains("there is no command 'fly'");
  }

  private static Process launch(Path log, String... arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(HOME.resolve("tributary").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.command().addAll(List.of(arguments));
    // The build that runs this test has built it all.
    builder.environment().put("TRIBUTARY_BUILD", "never");
    return builder.start();
  }
}
