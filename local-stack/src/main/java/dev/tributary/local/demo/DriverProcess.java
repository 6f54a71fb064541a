package dev.tributary.local.demo;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.local.LogTail;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A driver that runs as a process of its own, started by the launcher as a person would. */
final class DriverProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;
  private Process process;

  /** A driver of the given phase ({@code phase1} or {@code phase2}), not yet started. */
  DriverProcess(
      String name, Path home, List<String> flags, Map<String, String> environment, Path log) {
    this.name = name;
    this.command = new ArrayList<>(List.of(home.resolve("tributary").toString(), name));
    this.command.addAll(flags);
    this.environment = Map.copyOf(environment);
    this.log = log;
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "stop-driver"));
  }

  /** Starts it, or starts it again. */
  void start() {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    // Short lives: what starts fast is better here than what runs fastest.
    builder.environment().put("TRIBUTARY_BUILD", "never");
    builder.environment().put("TRIBUTARY_DRIVER_MEMORY", "1g");
    builder
        .environment()
        .put("TRIBUTARY_DRIVER_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    builder
        .environment()
        .put(
            "SPARK_SUBMIT_OPTIONS",
            "--conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2");
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills it as {@code kill -9} does; returns its process id. */
  long kill() throws InterruptedException {
    // On every platform with signals, destroyForcibly is SIGKILL; the launcher has replaced itself
    // by the driver, so that the process is the driver's own.
    process.destroyForcibly().waitFor();
    return process.pid();
  }

  long pid() {
    return process.pid();
  }

  /** Fails if it ended by itself. */
  void requireAlive() {
    if (!process.isAlive()) {
      throw new TributaryException(
          ErrorCode.LOCAL_STACK_FAILED,
          "The driver %s ended with exit code %d. Its log %s ends with: %s"
              .formatted(name, process.exitValue(), log, LogTail.of(log)));
    }
  }

  /** Lets it finish its batch and leave; returns its exit code. */
  int stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    if (process != null && process.isAlive()) {
      process.destroyForcibly();
    }
  }
}
