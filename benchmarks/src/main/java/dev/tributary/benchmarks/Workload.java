package dev.tributary.benchmarks;

/** What is measured. */
enum Workload {
  LIMIT("Kafka to noop"),
  LIMIT_TUNED("Kafka to noop, tuned"),
  RAW("Kafka to raw"),
  APPEND("raw to Delta, append"),
  UPSERT_EMPTY("raw to Delta, MERGE into an empty table"),
  UPSERT_MATCH("raw to Delta, MERGE, every key matches"),
  MERGE_RECENT("raw to Delta, MERGE into recent partitions");

  private final String label;

  Workload(String label) {
    this.label = label;
  }

  /** Its name for people. */
  String label() {
    return label;
  }
}
