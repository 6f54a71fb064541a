package dev.tributary.benchmarks;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What one piece of work took.
 *
 * @param records how many records it was given
 * @param seconds from its beginning to its last commit
 * @param cpuSeconds of the whole process in that time, both cores, compiler and collector included
 */
@JsonIgnoreProperties(
    value = {"recordsPerSecond", "cpuSecondsPerMillion"},
    allowGetters = true)
record Timed(Workload workload, long records, double seconds, double cpuSeconds) {
  @JsonProperty
  double recordsPerSecond() {
    return records / seconds;
  }

  @JsonProperty
  double cpuSecondsPerMillion() {
    return cpuSeconds * 1_000_000 / records;
  }
}
