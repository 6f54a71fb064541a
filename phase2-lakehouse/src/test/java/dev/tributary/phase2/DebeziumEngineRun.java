package dev.tributary.phase2;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** Debezium's engine, one a form, in a process of its own. */
final class DebeziumEngineRun implements AutoCloseable {
  private static final Path MODULE =
      Path.of(System.getProperty("tributary.home", ".."))
          .toAbsolutePath()
          .resolve(Path.of("local-stack", "debezium-runtime", "target"));
  private static final Duration PATIENCE = Duration.ofSeconds(180);

  private final Path folder;
  private final Process process;

  private DebeziumEngineRun(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
  }

  /** Starts them. */
  static DebeziumEngineRun start(Path folder, String port) throws IOException {
    if (!Files.isDirectory(MODULE.resolve("lib"))) {
      throw new AssertionError(
          "There is no engine in %s. Build it first: mvn package -pl local-stack/debezium-runtime."
              .formatted(MODULE));
    }
    Files.createDirectories(folder);
    for (DebeziumForm form : DebeziumForm.values()) {
      Properties properties = new Properties();
      properties.putAll(form.settings(port));
      try (Writer out = Files.newBufferedWriter(folder.resolve(form.file() + ".properties"))) {
        properties.store(out, null);
      }
    }
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Duser.timezone=UTC",
                "-cp",
                MODULE.resolve("classes") + File.pathSeparator + MODULE.resolve("lib") + "/*",
                "dev.tributary.local.debezium.ChangeCapture",
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("engine.log").toFile())
            .start();
    return new DebeziumEngineRun(folder, process);
  }

  /** What the engine of a form has emitted so far. */
  Path written(DebeziumForm form) {
    return folder.resolve(form.file() + ".jsonl");
  }

  /** Waits until each of them has emitted as many rows of the table that is written last. */
  void awaitSentinels(int rows) {
    await("engines, log " + folder.resolve("engine.log"))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              if (!process.isAlive()) {
                throw new AssertionError(
                    "The engine ended: " + Files.readString(folder.resolve("engine.log")));
              }
              for (DebeziumForm form : DebeziumForm.values()) {
                if (sentinels(form) < rows) {
                  return false;
                }
              }
              return true;
            });
  }

  private long sentinels(DebeziumForm form) {
    if (!Files.exists(written(form))) {
      return 0;
    }
    try {
      return Files.readString(written(form))
          .lines()
          .filter(line -> line.contains(".public.sentinel\",\"key\""))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
