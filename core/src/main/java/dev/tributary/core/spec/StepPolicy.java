package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of a record that a step cannot use. */
public enum StepPolicy {
  /** It goes to quarantine. */
  @JsonProperty("quarantine")
  QUARANTINE,
  /** Its batch waits for a person to rule. */
  @JsonProperty("fail")
  FAIL
}
