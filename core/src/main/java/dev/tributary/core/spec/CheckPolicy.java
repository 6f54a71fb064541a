package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a row that a check does not hold for. */
public enum CheckPolicy {
  /** It is counted, and written. */
  @JsonProperty("warn")
  WARN,
  /** It is counted, and left out. */
  @JsonProperty("drop")
  DROP,
  /** Its record goes to quarantine. */
  @JsonProperty("quarantine")
  QUARANTINE,
  /** Its batch waits for a person to rule. */
  @JsonProperty("fail")
  FAIL,
  /** It is counted, and written into the late table; of what comes too late alone. */
  @JsonProperty("table")
  TABLE;

  /** Refuses the one that is of late rows alone. */
  static CheckPolicy notOfLateRows(String field, CheckPolicy policy) {
    if (policy == TABLE) {
      throw SpecChecks.invalid(
          field,
          policy.text(),
          "Only rows that come too late have a table of their own; choose warn, drop, quarantine or"
              + " fail.");
    }
    return policy;
  }

  /** As it stands in a document. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
