package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a plan ended. */
public enum PlanOutcome {
  /** Everything that it planned is in its tables. */
  @JsonProperty("committed")
  COMMITTED,
  /** Nothing of it is, by an operator's word; the next plan takes the same entries. */
  @JsonProperty("void")
  VOID
}
