package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a delete (a tombstone, or an event that {@code deleteWhen} is true for) does to an upsert
 * table.
 */
public enum Deletes {
  /** The row goes; its key and order are remembered in a side table. */
  @JsonProperty("hard")
  HARD,
  /** The row stays with {@code _deleted} = true. */
  @JsonProperty("soft")
  SOFT,
  /** Nothing; the record is counted as filtered. */
  @JsonProperty("ignore")
  IGNORE
}
