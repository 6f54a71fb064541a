package dev.tributary.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tributary.cli.table.TextTable;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * What came of a benchmark, for people and as JSON.
 *
 * @param events how many events each job was given
 * @param bytesPerEvent of JSON, on average
 */
record BenchReport(
    Machine machine,
    long events,
    double bytesPerEvent,
    List<Measurement> measurements,
    List<Ratio> ratios) {
  private static final double MEGA = 1e6;

  static BenchReport of(long events, List<Measurement> measurements) {
    return new BenchReport(
        Machine.here(),
        events,
        new Orders(events).meanBytes(events),
        measurements,
        new Comparison(measurements, events).ratios());
  }

  /** Whether every ratio that has a bound keeps it. */
  @JsonProperty
  boolean held() {
    return ratios.stream().allMatch(ratio -> ratio.held().orElse(true));
  }

  void print(PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%n%s%n%,d events of %.0f bytes on average, %d partitions%n%n",
        machine.describe(),
        events,
        bytesPerEvent,
        OrdersTopic.PARTITIONS);
    TextTable figures =
        new TextTable(
            List.of(
                "store",
                "job",
                "by",
                "JVM",
                "events",
                "seconds",
                "records/s",
                "MB/s",
                "CPU s a million"));
    Comparison comparison = new Comparison(measurements, events);
    for (Store store : Store.values()) {
      for (Workload workload : Workload.values()) {
        for (Side side : Side.values()) {
          comparison.cold(store, side, workload).ifPresent(cold -> row(figures, cold));
          comparison
              .best(store, side, workload)
              .filter(Measurement::warm)
              .ifPresent(warm -> row(figures, warm));
        }
      }
    }
    figures.print(out, "");
    TextTable comparisons = new TextTable(List.of("store", "ratio", "value", "at least", ""));
    for (Ratio ratio : ratios) {
      comparisons.row(
          ratio.store().label(),
          ratio.name(),
          format("%.2f", ratio.value()),
          ratio.bound().map(bound -> format("%.2f", bound)).orElse("-"),
          ratio.held().map(held -> held ? "held" : "NOT HELD").orElse(""));
    }
    out.println();
    comparisons.print(out, "");
    out.println();
    out.println(verdict());
  }

  private String verdict() {
    if (ratios.stream().noneMatch(ratio -> ratio.bound().isPresent())) {
      return "Nothing is judged: that takes %,d events or more, and both sides of a ratio."
          .formatted(Comparison.JUDGED_FROM);
    }
    return held() ? "Every bound is held." : "Not every bound is held.";
  }

  private void row(TextTable table, Measurement measurement) {
    Timed timed = measurement.timed();
    table.row(
        measurement.store().label(),
        timed.workload().label(),
        measurement.side().label(),
        measurement.warm() ? "warm" : "cold",
        timed.records(),
        format("%.2f", timed.seconds()),
        format("%,.0f", timed.recordsPerSecond()),
        format("%.0f", timed.recordsPerSecond() * bytesPerEvent / MEGA),
        format("%.1f", timed.cpuSecondsPerMillion()));
  }

  private static String format(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
