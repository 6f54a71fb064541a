package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a backfill does with the records of its range. */
public enum BackfillMode {
  /** Writes those that the table lacks. */
  @JsonProperty("fill")
  FILL,
  /** Takes out what was made of them and writes them again, in one commit. */
  @JsonProperty("replace")
  REPLACE
}
