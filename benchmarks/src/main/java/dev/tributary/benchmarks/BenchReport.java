package dev.tributary.benchmarks;

import dev.tributary.cli.table.TextTable;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What came of a benchmark, for people and as JSON.
 *
 * @param events how many events each job was given
 */
record BenchReport(
    Machine machine, long events, List<Measurement> measurements, List<Ratio> ratios) {
  static BenchReport of(long events, List<Measurement> measurements) {
    return new BenchReport(
        Machine.here(), events, measurements, new Comparison(measurements).ratios());
  }

  void print(PrintStream out) {
    out.printf("%n%s; %,d events%n%n", machine.describe(), events);
    TextTable figures =
        new TextTable(
            List.of(
                "store",
                "what",
                "who",
                "rec/s warm",
                "rec/s cold",
                "CPU s/M warm",
                "CPU s/M cold",
                "cold wall s"));
    Comparison comparison = new Comparison(measurements);
    for (Store store : Store.values()) {
      for (Workload workload : Workload.values()) {
        for (Side side : Side.values()) {
          comparison
              .cold(store, side, workload)
              .ifPresent(cold -> row(figures, cold, comparison.best(store, side, workload)));
        }
      }
    }
    figures.print(out, "");
    TextTable comparisons = new TextTable(List.of("store", "ratio", "value", "at least", ""));
    for (Ratio ratio : ratios) {
      comparisons.row(
          ratio.store().label(),
          ratio.name(),
          "%.2f".formatted(ratio.value()),
          ratio.bound().map("%.2f"::formatted).orElse("-"),
          ratio.bound().isEmpty() ? "" : ratio.holds() ? "holds" : "MISSED");
    }
    out.println();
    comparisons.print(out, "");
  }

  private static void row(TextTable table, Measurement cold, Optional<Measurement> best) {
    Optional<Timed> warm = best.filter(Measurement::warm).map(Measurement::timed);
    table.row(
        cold.store().label(),
        cold.timed().workload().label(),
        cold.side().label(),
        warm.map(timed -> rate(timed)).orElse("-"),
        rate(cold.timed()),
        warm.map(timed -> cpu(timed)).orElse("-"),
        cpu(cold.timed()),
        String.format(Locale.ROOT, "%.1f", cold.wallSeconds()));
  }

  private static String rate(Timed timed) {
    return String.format(Locale.ROOT, "%,.0f", timed.recordsPerSecond());
  }

  private static String cpu(Timed timed) {
    return String.format(Locale.ROOT, "%.1f", timed.cpuSecondsPerMillion());
  }
}
