package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a manifest entry does. A reader refuses an entry of any other kind. */
public enum EntryKind {
  /** Opens the log. */
  @JsonProperty("genesis")
  GENESIS,
  /** Adds files, gaps, or both. */
  @JsonProperty("data")
  DATA,
  /** Accounts for offsets alone. */
  @JsonProperty("gap")
  GAP,
  /** Accounts for offsets that Kafka lost, by an operator's word. */
  @JsonProperty("accepted-loss")
  ACCEPTED_LOSS,
  /** The topic was created again, or the cluster moved, and an operator accepted it. */
  @JsonProperty("incarnation")
  INCARNATION,
  /** Unreferenced files are about to be removed. */
  @JsonProperty("sweep")
  SWEEP,
  /** The segments of old entries expired; their files are about to be removed. */
  @JsonProperty("retention")
  RETENTION,
  /** Segments lie in other files from here on, by compaction or erasure. */
  @JsonProperty("rewrite")
  REWRITE
}
