package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why an offset has no record in the archive. */
public enum GapKind {
  /** Before the first offset that the source was told to read. */
  @JsonProperty("before-start")
  BEFORE_START("before-start"),
  /** A control marker or a record of an aborted transaction. */
  @JsonProperty("transactional")
  TRANSACTIONAL("transactional"),
  /** Removed by the broker's log compaction. */
  @JsonProperty("compacted")
  COMPACTED("compacted"),
  /** Not delivered by the broker, which does not say which of the two above it was. */
  @JsonProperty("not-delivered")
  NOT_DELIVERED("not-delivered"),
  /** Lost before it was read, and accepted as lost by an operator. */
  @JsonProperty("accepted-loss")
  ACCEPTED_LOSS("accepted-loss");

  private final String label;

  GapKind(String label) {
    this.label = label;
  }

  /** The name in the manifest log. */
  public String label() {
    return label;
  }
}
