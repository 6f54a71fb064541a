package dev.tributary.delivery;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One run of a driver, a process of its own that was started by the launcher. */
final class DriverRun {
  private static final Duration PATIENCE = Duration.ofSeconds(150);

  private final String phase;
  private final Process process;
  private final Path log;
  private final Path faults;

  private DriverRun(String phase, Process process, Path log, Path faults) {
    this.phase = phase;
    this.process = process;
    this.log = log;
    this.faults = faults;
  }

  /**
   * Starts {@code ./tributary phase1|phase2} with the given flags.
   *
   * @param faults the folder of orders to the fault points
   */
  static DriverRun start(
      String phase, List<String> flags, Map<String, String> environment, Path folder, Path faults) {
    try {
      Files.createDirectories(faults);
      Path log = Files.createTempFile(folder, phase + "-", ".log");
      List<String> command =
          new ArrayList<>(List.of(Home.folder().resolve("tributary").toString(), phase));
      command.addAll(flags);
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().remove("SPARK_HOME");
      builder.environment().putAll(environment);
      builder.environment().put("TRIBUTARY_BUILD", "never");
      builder.environment().putIfAbsent("TRIBUTARY_DRIVER_MEMORY", "1g");
      builder.environment().putIfAbsent("SPARK_MASTER", "local[2]");
      builder
          .environment()
          .put(
              "TRIBUTARY_DRIVER_JAVA_OPTIONS",
              "-XX:TieredStopAtLevel=1 -Dtributary.fault.dir=" + faults);
      DriverRun run = new DriverRun(phase, builder.start(), log, faults);
      Runtime.getRuntime().addShutdownHook(new Thread(run::kill));
      return run;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  /** SIGKILL; the launcher has replaced itself by the driver, so it is the driver that dies. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** SIGTERM, and waits for the driver's own end. */
  int terminate() {
    process.destroy();
    return awaitExit();
  }

  /** SIGCONT. */
  void resume() {
    try {
      new ProcessBuilder("kill", "-CONT", Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the driver has met the order at a fault point. */
  void awaitFault(String point) {
    Path claimed = faults.resolve("%s.claimed.%d".formatted(point, process.pid()));
    await("fault point " + point + ", log " + log)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> Files.exists(claimed) || !process.isAlive());
    if (!Files.exists(claimed)) {
      throw new AssertionError("The driver ended before it reached " + point + ": " + tail());
    }
  }

  /** The exit code of a run that ends by itself. */
  int awaitExit() {
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        kill();
        throw new AssertionError("%s did not end within %s: %s".formatted(phase, PATIENCE, tail()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    return process.exitValue();
  }

  /** Waits for the end and fails with the log if the exit code is another. */
  DriverRun expectExit(int code) {
    int exit = awaitExit();
    if (exit != code) {
      throw new AssertionError(
          "%s ended with exit code %d instead of %d: %s".formatted(phase, exit, code, tail()));
    }
    return this;
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String tail() {
    String text = log();
    return log + "\n" + text.substring(Math.max(0, text.length() - 6_000));
  }
}
