package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How records become rows. */
public enum WriteMode {
  /** Every record is a row. */
  @JsonProperty("append")
  APPEND,
  /** One row a key: the newest by the ordering columns, then by raw position. */
  @JsonProperty("upsert")
  UPSERT
}
