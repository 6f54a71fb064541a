package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Why files are rewritten. */
public enum RewriteReason {
  /** Few large files are read with fewer requests than many small ones. */
  @JsonProperty("compaction")
  COMPACTION,
  /** Records were to be taken out. */
  @JsonProperty("erasure")
  ERASURE
}
