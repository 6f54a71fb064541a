package dev.tributary.benchmarks;

import dev.tributary.core.json.Json;
import dev.tributary.core.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The command {@code ./tributary bench}. */
public final class Bench {
  /** A bound was missed. */
  static final int NOT_HELD = 1;

  private Bench() {}

  /** Runs it. */
  public static void main(String[] arguments) {
    System.exit(BenchSettings.PROGRAM.run(arguments, Bench::run));
  }

  private static int run(Settings settings) throws IOException, InterruptedException {
    Path folder = settings.get(BenchSettings.DATA).toAbsolutePath().normalize();
    List<OrderHistory> histories =
        settings.get(BenchSettings.GROWTH_ROWS).stream()
            .map(rows -> new OrderHistory(rows, settings.get(BenchSettings.GROWTH_KEYS)))
            .toList();
    BenchFolder.claim(folder);
    try {
      BenchReport report = measure(settings, histories, folder);
      report.print(System.out);
      Optional<Path> json = settings.find(BenchSettings.JSON);
      if (json.isPresent()) {
        Files.write(
            json.get(), Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(report));
      }
      return report.held() ? 0 : NOT_HELD;
    } finally {
      if (!settings.get(BenchSettings.KEEP)) {
        BenchFolder.delete(folder);
      }
    }
  }

  private static BenchReport measure(Settings settings, List<OrderHistory> histories, Path folder)
      throws InterruptedException {
    long events = settings.get(BenchSettings.EVENTS);
    try (BenchStack stack = BenchStack.start(folder)) {
      StepProcess process =
          new StepProcess(
              stack.environment(),
              settings.get(BenchSettings.MEMORY),
              settings.get(BenchSettings.PROFILE));
      Benchmark benchmark =
          new Benchmark(
              stack,
              process,
              folder,
              events,
              1 + settings.get(BenchSettings.WARM_RUNS),
              System.err);
      GrowthBenchmark growth =
          new GrowthBenchmark(
              stack,
              process,
              folder,
              histories,
              settings.get(BenchSettings.GROWTH_BATCHES),
              System.err);
      Figures figures =
          settings.get(BenchSettings.RESUME) ? Figures.read(folder) : Figures.none(folder);
      for (Store store : settings.get(BenchSettings.STORE).list()) {
        for (Step step : settings.get(BenchSettings.STEPS)) {
          if (figures.hold(store, step)) {
            continue;
          }
          if (step == Step.GROWTH) {
            figures.addMerges(store, growth.run(store));
            continue;
          }
          figures.add(store, step, benchmark.run(store, step));
        }
      }
      return BenchReport.of(events, figures.all(), figures.merges());
    }
  }
}
