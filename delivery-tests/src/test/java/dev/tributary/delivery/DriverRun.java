package dev.tributary.delivery;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One run of a driver or a command, a process of its own that was started by the launcher. */
final class DriverRun {
  /** How a driver ends that is killed, by a fault point or from outside. */
  static final int KILLED = 137;

  private static final Duration PATIENCE = Duration.ofSeconds(600);

  /** Drivers of these tests start often and live for seconds. */
  private static final String QUICK_START =
      "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC";

  /** And compiling code for a few hundred records takes longer than interpreting expressions. */
  private static final String INTERPRETED =
      "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN";

  private final String command;
  private final Process process;
  private final Path log;
  private final Path faults;

  private DriverRun(String command, Process process, Path log, Path faults) {
    this.command = command;
    this.process = process;
    this.log = log;
    this.faults = faults;
  }

  /**
   * Starts {@code ./tributary COMMAND} with the given flags.
   *
   * @param faults the folder of orders to the fault points
   */
  static DriverRun start(
      String command,
      List<String> flags,
      Map<String, String> environment,
      Path folder,
      Path faults) {
    try {
      Files.createDirectories(faults);
      Path log = Files.createTempFile(folder, command + "-", ".log");
      List<String> line =
          new ArrayList<>(List.of(Home.folder().resolve("tributary").toString(), command));
      line.addAll(flags);
      ProcessBuilder builder =
          new ProcessBuilder(line)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().remove("SPARK_HOME");
      builder.environment().put("TRIBUTARY_BUILD", "never");
      builder.environment().put("TRIBUTARY_DRIVER_MEMORY", "1g");
      builder.environment().put("SPARK_MASTER", "local[2]");
      builder
          .environment()
          .put("SPARK_SUBMIT_OPTIONS", "--conf spark.ui.enabled=false " + INTERPRETED);
      builder.environment().putAll(environment);
      builder
          .environment()
          .put(
              "TRIBUTARY_DRIVER_JAVA_OPTIONS",
              "%s %s -Dtributary.fault.dir=%s"
                  .formatted(QUICK_START, DeliveryStack.shared().classes().flag(), faults));
      DriverRun run = new DriverRun(command, builder.start(), log, faults);
      Runtime.getRuntime().addShutdownHook(new Thread(run::kill));
      return run;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails with the log of a driver that has ended although it is still needed. */
  static void requireAlive(DriverRun... drivers) {
    for (DriverRun driver : drivers) {
      if (!driver.alive()) {
        throw new AssertionError(
            "%s ended with exit code %d: %s"
                .formatted(driver.command, driver.process.exitValue(), driver.tail()));
      }
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

  /** SIGTERM. */
  void askToStop() {
    process.destroy();
  }

  /** SIGTERM, and waits for the driver's own end. */
  int terminate() {
    askToStop();
    return awaitExit();
  }

  /**
   * SIGCONT, to one that was told to stop; the signal to stop may come a moment after its claim.
   */
  void resume() {
    Path state = Path.of("/proc", Long.toString(process.pid()), "stat");
    if (Files.exists(state)) {
      await("sleep of " + command)
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> Files.readString(state).contains(") T "));
    }
    try {
      new ProcessBuilder("kill", "-CONT", Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the driver has met the order at a fault point. */
  DriverRun awaitFault(String point) {
    Path claimed = claimed(point);
    await("fault point " + point + ", log " + log)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> Files.exists(claimed) || !process.isAlive());
    if (!Files.exists(claimed)) {
      throw new AssertionError("The driver ended before it reached " + point + ": " + tail());
    }
    return this;
  }

  /** Waits until each of the drivers has met the order at one of the points, whichever. */
  static Map<String, DriverRun> awaitFaults(List<DriverRun> drivers, List<String> points) {
    Map<String, DriverRun> met = new LinkedHashMap<>();
    await("fault points " + points)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              for (String point : points) {
                drivers.stream()
                    .filter(driver -> Files.exists(driver.claimed(point)))
                    .findFirst()
                    .ifPresent(driver -> met.put(point, driver));
              }
              drivers.stream()
                  .filter(driver -> !met.containsValue(driver))
                  .forEach(DriverRun::requireAlive);
              return met.size() == points.size();
            });
    return met;
  }

  private Path claimed(String point) {
    return faults.resolve("%s.claimed.%d".formatted(point, process.pid()));
  }

  /** Waits some time for its end. */
  boolean endsWithin(Duration time) throws InterruptedException {
    return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The exit code of a run that ends by itself. */
  int awaitExit() {
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        kill();
        throw new AssertionError(
            "%s did not end within %s: %s".formatted(command, PATIENCE, tail()));
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
          "%s ended with exit code %d instead of %d: %s".formatted(command, exit, code, tail()));
    }
    return this;
  }

  /**
   * Waits for the end of a driver that may have met another one: it leaves cleanly, or stops with a
   * conflict that it names.
   */
  DriverRun expectExitOrConflict(String code) {
    int exit = awaitExit();
    if (exit != 0 && !(exit == 4 && log().contains(code))) {
      throw new AssertionError(
          "%s ended with exit code %d, neither 0 nor a %s: %s"
              .formatted(command, exit, code, tail()));
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

  /** What a run wrote to the file of {@code --result}. */
  static JsonNode result(Path file) {
    try {
      return Json.mapper().readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String tail() {
    String text = log();
    return log + "\n" + text.substring(Math.max(0, text.length() - 6_000));
  }
}
