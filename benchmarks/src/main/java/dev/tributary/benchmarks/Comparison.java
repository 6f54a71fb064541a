package dev.tributary.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The ratios that follow from what was measured. */
final class Comparison {
  /** Phase 1 has to reach this share of what Spark merely reads from Kafka. */
  private static final double SHARE_OF_LIMIT = 0.7;

  private static final double FASTER = 1.0;

  /** With fewer events fixed costs decide, so that nothing is held against a bound. */
  static final long JUDGED_FROM = 1_000_000;

  private final List<Measurement> measurements;
  private final boolean judged;

  Comparison(List<Measurement> measurements, long events) {
    this.measurements = List.copyOf(measurements);
    this.judged = events >= JUDGED_FROM;
  }

  /** The fastest warm run, or the cold one where there was no other. */
  Optional<Measurement> best(Store store, Side side, Workload workload) {
    return measurements.stream()
        .filter(measurement -> measurement.isOf(store, side, workload))
        .max(
            Comparator.comparing(Measurement::warm)
                .thenComparing(measurement -> measurement.timed().recordsPerSecond()));
  }

  /** The first run in its JVM. */
  Optional<Measurement> cold(Store store, Side side, Workload workload) {
    return measurements.stream()
        .filter(measurement -> measurement.isOf(store, side, workload) && !measurement.warm())
        .findFirst();
  }

  /** Every ratio both of whose sides were measured. */
  List<Ratio> ratios() {
    List<Ratio> ratios = new ArrayList<>();
    for (Store store : Store.values()) {
      for (Workload limit : List.of(Workload.LIMIT, Workload.LIMIT_TUNED)) {
        compare(store, Workload.RAW, limit, limit.label(), Optional.of(SHARE_OF_LIMIT))
            .ifPresent(ratios::add);
      }
      compare(store, Workload.RAW, Workload.RAW, "naive", Optional.empty()).ifPresent(ratios::add);
      for (Workload workload :
          List.of(Workload.APPEND, Workload.UPSERT_EMPTY, Workload.UPSERT_MATCH)) {
        compare(store, workload, workload, "naive", Optional.of(FASTER)).ifPresent(ratios::add);
      }
    }
    return ratios;
  }

  private Optional<Ratio> compare(
      Store store, Workload ours, Workload theirs, String yardstick, Optional<Double> bound) {
    Optional<Measurement> product = best(store, Side.TRIBUTARY, ours);
    Optional<Measurement> other = best(store, Side.NAIVE, theirs);
    if (product.isEmpty() || other.isEmpty() || product.get().warm() != other.get().warm()) {
      return Optional.empty();
    }
    double value =
        product.get().timed().recordsPerSecond() / other.get().timed().recordsPerSecond();
    return Optional.of(
        new Ratio(store, ours.label() + " / " + yardstick, value, bound.filter(least -> judged)));
  }
}
