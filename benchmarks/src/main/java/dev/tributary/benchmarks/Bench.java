package dev.tributary.benchmarks;

import dev.tributary.core.json.Json;
import dev.tributary.core.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    BenchFolder.claim(folder);
    try {
      BenchReport report = measure(settings, folder);
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

  private static BenchReport measure(Settings settings, Path folder) throws InterruptedException {
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
      Figures figures =
          settings.get(BenchSettings.RESUME) ? Figures.read(folder) : Figures.none(folder);
      for (Store store : settings.get(BenchSettings.STORE).list()) {
        for (Step step : settings.get(BenchSettings.STEPS)) {
          if (!figures.hold(store, step)) {
            figures.add(store, step, benchmark.run(store, step));
          }
        }
      }
      return BenchReport.of(events, figures.all());
    }
  }
}
