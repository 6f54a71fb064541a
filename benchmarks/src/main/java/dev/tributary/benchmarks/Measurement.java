package dev.tributary.benchmarks;

/**
 * A figure and what it is a figure of.
 *
 * @param run 0 is the first run in its JVM, cold; the others are warm
 * @param wallSeconds of the whole run, from the start of the JVM (cold) or of the run (warm)
 */
record Measurement(Store store, Side side, int run, Timed timed, double wallSeconds) {
  boolean warm() {
    return run > 0;
  }

  boolean isOf(Store otherStore, Side otherSide, Workload workload) {
    return store == otherStore && side == otherSide && timed.workload() == workload;
  }
}
