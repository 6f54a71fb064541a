package dev.tributary.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tributary.cli.table.TextTable;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What came of a benchmark, for people and as JSON.
 *
 * @param events how many events each job was given
 * @param bytesPerEvent of JSON, on average
 * @param merges what batches took on tables of different sizes
 * @param growth how much longer on the largest than on the smallest
 */
record BenchReport(
    Machine machine,
    long events,
    double bytesPerEvent,
    List<Measurement> measurements,
    List<Ratio> ratios,
    List<MergeTimes> merges,
    List<Growth> growth) {
  private static final double MEGA = 1e6;

  static BenchReport of(long events, List<Measurement> measurements, List<MergeTimes> merges) {
    return new BenchReport(
        Machine.here(),
        events,
        new Orders(events).meanBytes(events),
        measurements,
        new Comparison(measurements, events).ratios(),
        merges,
        Growth.of(merges));
  }

  /** Whether everything that has a bound keeps it. */
  @JsonProperty
  boolean held() {
    return judgements().allMatch(held -> held);
  }

  private Stream<Boolean> judgements() {
    return Stream.concat(ratios.stream().map(Ratio::held), growth.stream().map(Growth::held))
        .flatMap(Optional::stream);
  }

  void print(PrintStream out) {
    out.printf("%n%s%n", machine.describe());
    if (!measurements.isEmpty()) {
      printJobs(out);
    }
    if (!merges.isEmpty()) {
      printGrowth(out);
    }
    out.println();
    out.println(verdict());
  }

  private void printJobs(PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%,d events of %.0f bytes on average, %d partitions%n%n",
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
          ratio.held().map(BenchReport::judgement).orElse(""));
    }
    out.println();
    comparisons.print(out, "");
  }

  private void printGrowth(PrintStream out) {
    TextTable times =
        new TextTable(
            List.of(
                "store",
                "rows of the table",
                "keys a batch",
                "batches",
                "median s",
                "fastest s",
                "slowest s",
                "median CPU s"));
    for (MergeTimes table : merges) {
      times.row(
          table.store().label(),
          table.rows(),
          table.keys(),
          table.batches().size(),
          format("%.2f", table.medianSeconds()),
          format("%.2f", table.fastestSeconds()),
          format("%.2f", table.slowestSeconds()),
          format("%.1f", table.medianCpuSeconds()));
    }
    out.println();
    times.print(out, "");
    TextTable factors =
        new TextTable(List.of("store", "from rows", "to rows", "time grows by", "less than", ""));
    for (Growth each : growth) {
      factors.row(
          each.store().label(),
          each.fromRows(),
          each.toRows(),
          format("%.2f", each.factor()),
          each.bound().map(bound -> format("%.2f", bound)).orElse("-"),
          each.held().map(BenchReport::judgement).orElse(""));
    }
    out.println();
    factors.print(out, "");
  }

  private static String judgement(boolean held) {
    return held ? "held" : "NOT HELD";
  }

  private String verdict() {
    if (judgements().findAny().isEmpty()) {
      return "Nothing is judged: that takes %,d events or more, and both sides of a ratio; of growth, %,d and %,d rows and %,d keys."
          .formatted(
              Comparison.JUDGED_FROM,
              Growth.JUDGED_FROM_ROWS,
              Growth.JUDGED_TO_ROWS,
              Growth.JUDGED_KEYS);
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
