package dev.tributary.benchmarks;

/**
 * What one piece of work took.
 *
 * @param records how many records it was given
 * @param seconds from its beginning to its last commit
 * @param cpuSeconds of the whole process in that time, both cores, compiler and collector included
 */
record Timed(Workload workload, long records, double seconds, double cpuSeconds) {
  double recordsPerSecond() {
    return records / seconds;
  }

  double cpuSecondsPerMillion() {
    return cpuSeconds * 1_000_000 / records;
  }
}
