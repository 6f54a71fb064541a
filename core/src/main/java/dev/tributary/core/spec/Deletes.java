package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a delete (a tombstone, or an event that {@code deleteWhen} is true for) does to a table of
 * keys.
 */
public enum Deletes {
  /**
   * The row goes, or the version ends; the delete's key and order are remembered in a side table.
   */
  @JsonProperty("hard")
  HARD,
  /** The row stays with {@code _deleted} = true; of a history, the delete is such a version. */
  @JsonProperty("soft")
  SOFT,
  /** Nothing; the record is counted as filtered. */
  @JsonProperty("ignore")
  IGNORE
}
