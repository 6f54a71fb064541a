package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How long the launcher takes where nothing is to be built, in a copy of the project's sources
 * whose stamp is newer than they are. The best of five runs counts.
 */
class LauncherSpeedIT {
  private static final Path HOME = Path.of(System.getProperty("tributary.home")).toAbsolutePath();
  private static final Duration WELL_UNDER_A_SECOND = Duration.ofMillis(500);
  private static final int RUNS = 5;

  /** Holds no sources, or far more of other things than of those. */
  private static final Set<String> NOT_COPIED = Set.of("target", ".git", ".tributary", "venv");

  @TempDir private static Path folder;
  private static Path home;

  /**
   * What a run took.
   *
   * @param wall until it had ended
   * @param processor of the process and its children; what else the machine does is not in it
   */
  private record Took(Duration wall, Duration processor) {}

  @BeforeAll
  static void copyOfTheProject() throws IOException {
    home = folder.resolve("project");
    Files.walkFileTree(
        HOME,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (!directory.equals(HOME)
                && NOT_COPIED.contains(directory.getFileName().toString())) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Path copy = Files.createDirectories(copyOf(directory));
            // What was built stays where it is.
            if (Files.isDirectory(directory.resolve("target")) && !directory.equals(HOME)) {
              Files.createSymbolicLink(copy.resolve("target"), directory.resolve("target"));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile()) {
              Files.copy(file, copyOf(file));
              copyOf(file).toFile().setExecutable(Files.isExecutable(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    Files.createDirectories(home.resolve("target"));
    Files.writeString(home.resolve("target/built"), "");
    script(folder.resolve("jdk/bin/java"), "exit 0");
    script(folder.resolve("maven"), "touch %s".formatted(folder.resolve("built")));
  }

  private static Path copyOf(Path path) {
    return home.resolve(HOME.relativize(path).toString());
  }

  private static void script(Path path, String command) throws IOException {
    Files.createDirectories(path.getParent());
    Files.writeString(path, "#!/bin/sh\n" + command + "\n");
    path.toFile().setExecutable(true);
  }

  @Test
  void helpIsThereAtOnce() {
    assertThat(best(Took::wall, Map.of(), "help")).isLessThan(WELL_UNDER_A_SECOND);
  }

  /** With a program in Java's place that does nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"dataset --help", "demo --help", "metastore", "phase1 --all"})
  void theLauncherItselfTakesWellUnderASecond(String command) {
    Map<String, String> nothing = Map.of("JAVA_HOME", folder.resolve("jdk").toString());

    assertThat(best(Took::wall, nothing, command)).isLessThan(WELL_UNDER_A_SECOND);
    assertThat(folder.resolve("built")).as("nothing was to be built").doesNotExist();
  }

  /** By the processor's time, since a machine that builds is a busy one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "dataset --help",
        "reconcile --help",
        "local up --help",
        "demo --help",
        "metastore --help",
        "phase1 --help",
        "phase2 --help",
        "maintain --help"
      })
  void theHelpOfACommandTakesLessThanASecond(String command) {
    assertThat(best(Took::processor, Map.of(), command)).isLessThan(Duration.ofSeconds(1));
  }

  private static Duration best(
      Function<Took, Duration> of, Map<String, String> environment, String command) {
    return IntStream.range(0, RUNS)
        .mapToObj(run -> of.apply(run(environment, command)))
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static Took run(Map<String, String> environment, String command) {
    try {
      Path log = Files.createTempFile(folder, "run-", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(
                  "bash",
                  "-c",
                  "TIMEFORMAT='%R %U %S'; time \"$0\" \"$@\" > /dev/null 2> '" + log + "'",
                  home.resolve("tributary").toString())
              .directory(folder.toFile())
              .redirectErrorStream(true);
      builder.command().addAll(List.of(command.split(" ")));
      builder.environment().remove("TRIBUTARY_BUILD");
      // A point in the numbers, and no comma.
      builder.environment().put("LC_ALL", "C");
      builder.environment().put("MVN", folder.resolve("maven").toString());
      builder.environment().putAll(environment);
      Process process = builder.start();
      String times = new String(process.getInputStream().readAllBytes()).strip();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as("%s: %s", command, Files.readString(log)).isZero();
      double[] seconds =
          List.of(times.split(" ")).stream().mapToDouble(Double::parseDouble).toArray();
      return new Took(duration(seconds[0]), duration(seconds[1] + seconds[2]));
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static Duration duration(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1_000));
  }
}
