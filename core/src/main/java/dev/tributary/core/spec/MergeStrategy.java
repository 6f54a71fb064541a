package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a MERGE does to the files whose rows it changes. */
public enum MergeStrategy {
  /** Writes them anew: dear for the writer, cheap for readers. */
  @JsonProperty("copy-on-write")
  COPY_ON_WRITE,
  /** Marks the rows in deletion vectors: cheap for the writer; readers need to know these. */
  @JsonProperty("merge-on-read")
  MERGE_ON_READ
}
