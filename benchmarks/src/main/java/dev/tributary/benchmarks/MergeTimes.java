package dev.tributary.benchmarks;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What batches of changes took on one table.
 *
 * @param rows that the table was filled with
 * @param keys of each batch
 * @param batches that count, in order; at least one
 */
@JsonIgnoreProperties(
    value = {"medianSeconds", "medianCpuSeconds", "fastestSeconds", "slowestSeconds"},
    allowGetters = true)
record MergeTimes(Store store, long rows, long keys, List<Timed> batches) {
  /** Copies the list. */
  MergeTimes {
    batches = List.copyOf(batches);
  }

  @JsonProperty
  double medianSeconds() {
    return median(batches.stream().mapToDouble(Timed::seconds));
  }

  @JsonProperty
  double medianCpuSeconds() {
    return median(batches.stream().mapToDouble(Timed::cpuSeconds));
  }

  @JsonProperty
  double fastestSeconds() {
    return batches.stream().mapToDouble(Timed::seconds).min().orElseThrow();
  }

  @JsonProperty
  double slowestSeconds() {
    return batches.stream().mapToDouble(Timed::seconds).max().orElseThrow();
  }

  /** The middle one; of an even number, what lies between the two. */
  private static double median(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
