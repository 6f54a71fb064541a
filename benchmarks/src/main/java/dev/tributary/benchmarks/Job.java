package dev.tributary.benchmarks;

/** A program that is measured, several runs of it in one JVM. */
enum Job {
  KAFKA_TO_NOOP(Side.NAIVE),
  NAIVE_RAW(Side.NAIVE),
  NAIVE_APPEND(Side.NAIVE),
  NAIVE_UPSERT(Side.NAIVE),
  TRIBUTARY_RAW(Side.TRIBUTARY),
  TRIBUTARY_APPEND(Side.TRIBUTARY),
  TRIBUTARY_UPSERT(Side.TRIBUTARY),
  GROWTH_FILL(Side.TRIBUTARY),
  /** Goes on with what {@link #GROWTH_FILL} wrote. */
  GROWTH_MERGE(Side.TRIBUTARY);

  private final Side side;

  Job(Side side) {
    this.side = side;
  }

  /** Whether its output is emptied before. */
  boolean beginsAnew() {
    return this != GROWTH_MERGE;
  }

  Side side() {
    return side;
  }
}
