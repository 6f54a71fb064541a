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
  FAIL;

  /** As it stands in a document. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
