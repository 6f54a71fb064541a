package dev.tributary.benchmarks;

import dev.tributary.core.json.Json;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.SparkSession;

/** The main of a step's process: runs one job several times and writes down what it took. */
final class StepMain {
  static final String RESULT = "result.json";
  static final String BATCHES = "batches.jsonl";

  private final StepRequest request;
  private final Batches batches;
  private final CpuRecord cpu;

  private StepMain(StepRequest request, CpuRecord cpu) {
    this.request = request;
    this.cpu = cpu;
    this.batches = new Batches(Path.of(request.folder()).resolve(BATCHES));
  }

  /** Runs what the file that is named asks for. */
  public static void main(String[] arguments) throws Exception {
    StepRequest request =
        Json.mapper().readValue(Files.readAllBytes(Path.of(arguments[0])), StepRequest.class);
    try (CpuRecord cpu = new CpuRecord()) {
      StepResult result = new StepMain(request, cpu).run();
      Files.write(Path.of(request.folder()).resolve(RESULT), Json.write(result));
    }
  }

  private StepResult run() throws Exception {
    if (request.job().beginsAnew()) {
      for (StepRequest.Run run : request.runs()) {
        delete(run.output());
      }
    }
    List<StepResult.Run> runs = new ArrayList<>();
    int last = request.runs().size() - 1;
    for (int i = 0; i <= last; i++) {
      StepRequest.Run run = request.runs().get(i);
      Stopwatch stopwatch = new Stopwatch();
      double sinceJvmStart = ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
      List<Timed> timed = run(run);
      runs.add(new StepResult.Run(timed, stopwatch.seconds() + (i == 0 ? sinceJvmStart : 0)));
      if (i < last) {
        delete(run.output());
      }
    }
    return new StepResult(runs);
  }

  private List<Timed> run(StepRequest.Run run) throws Exception {
    if (request.job().side() == Side.TRIBUTARY) {
      return new DriverJobs(request, batches, cpu).run(run);
    }
    SparkSession.Builder builder = SparkSession.builder().appName(request.job().name());
    NaiveJobs.settings(System.getenv()).forEach(builder::config);
    return new NaiveJobs(builder.getOrCreate(), request, batches).run(run);
  }

  private static void delete(String folder) throws IOException {
    FileSystem files = FileSystem.get(URI.create(folder), StoreSettings.hadoop(System.getenv()));
    files.delete(new org.apache.hadoop.fs.Path(folder), true);
  }
}
