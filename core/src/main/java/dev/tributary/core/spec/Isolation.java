package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Which records of a transactional producer are read. */
public enum Isolation {
  /** Only those of committed transactions. */
  @JsonProperty("read_committed")
  READ_COMMITTED,
  /** All, those of aborted transactions included. */
  @JsonProperty("read_uncommitted")
  READ_UNCOMMITTED;

  /** Kafka's name for it. */
  public String kafkaName() {
    return this == READ_COMMITTED ? "read_committed" : "read_uncommitted";
  }
}
