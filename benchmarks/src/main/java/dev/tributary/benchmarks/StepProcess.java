package dev.tributary.benchmarks;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.local.LogTail;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a step in a JVM of its own: two cores, the same flags and jars for every job. */
final class StepProcess {
  private static final long PATIENCE_MINUTES = 30;

  private final Map<String, String> environment;
  private final String memory;
  private final boolean profile;

  /**
   * How steps are run.
   *
   * @param environment added to this process's own
   * @param memory the heap, as -Xmx takes it
   * @param profile whether Flight Recorder writes profile.jfr into the step's folder
   */
  StepProcess(Map<String, String> environment, String memory, boolean profile) {
    this.environment = Map.copyOf(environment);
    this.memory = memory;
    this.profile = profile;
  }

  StepResult run(StepRequest request) throws InterruptedException {
    Path folder = Path.of(request.folder());
    Path log = folder.resolve("log");
    try {
      Files.createDirectories(folder);
      Path result = folder.resolve(StepMain.RESULT);
      Files.deleteIfExists(result);
      Path requestFile = folder.resolve("request.json");
      Files.write(requestFile, Json.write(request));
      ProcessBuilder builder =
          new ProcessBuilder(command(folder, requestFile))
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().putAll(environment);
      await(builder.start());
      if (!Files.exists(result)) {
        throw new TributaryException(
            ErrorCode.INTERNAL_ERROR,
            "The step %s gave no result. Its log %s ends with: %s"
                .formatted(request.job(), log, LogTail.of(log)));
      }
      return Json.mapper().readValue(Files.readAllBytes(result), StepResult.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void await(Process process) throws InterruptedException {
    Thread hook = new Thread(process::destroyForcibly, "stop-step");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
    } finally {
      process.destroyForcibly();
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }

  private List<String> command(Path folder, Path request) throws IOException {
    List<String> arguments =
        new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments());
    arguments.removeIf(argument -> argument.startsWith("-Xmx"));
    arguments.add("-Xmx" + memory);
    arguments.add("-Duser.timezone=UTC");
    arguments.add("-Dlog4j2.configurationFile=tributary-log4j2.properties");
    arguments.add("-Dspark.master=local[2]");
    arguments.add("-Dspark.driver.host=127.0.0.1");
    arguments.add("-Dspark.ui.enabled=false");
    arguments.add("-Dspark.local.dir=" + folder.resolve("scratch"));
    arguments.add("-Dspark.sql.streaming.streamingQueryListeners=" + BatchClock.class.getName());
    arguments.add("-D%s=%s".formatted(BatchClock.FILE, folder.resolve(StepMain.BATCHES)));
    if (profile) {
      arguments.add(
          "-XX:StartFlightRecording=settings=profile,filename=" + folder.resolve("profile.jfr"));
    }
    arguments.add("-cp");
    arguments.add(System.getProperty("java.class.path"));
    arguments.add(StepMain.class.getName());
    arguments.add(request.toString());
    // The class path is longer than some systems let an argument be.
    Path file = folder.resolve("arguments");
    Files.write(file, arguments.stream().map(StepProcess::quoted).toList());
    return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "@" + file);
  }

  private static String quoted(String argument) {
    return "\"" + argument.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
