package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How records become rows. */
public enum WriteMode {
  /** Every record is a row. */
  @JsonProperty("append")
  APPEND,
  /** One row a key: the newest by the ordering columns, then by raw position. */
  @JsonProperty("upsert")
  UPSERT,
  /** One row a version of a key, each with from when until when it was valid. */
  @JsonProperty("history")
  HISTORY;

  /** Whether it brings the events of a key together, so that a dataset has to name its key. */
  public boolean keyed() {
    return this != APPEND;
  }
}
