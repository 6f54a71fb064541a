package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * An operator's word on a plan that cannot be admitted.
 *
 * @param format the format's version
 * @param plan n
 * @param id random
 * @param ruling what to do
 * @param by who says so
 * @param reason why
 * @param at epoch milliseconds
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Ruling(
    int format, long plan, String id, Decision ruling, String by, String reason, long at) {
  /** What is done with the plan. */
  public enum Decision {
    /** Limits are lifted for this plan. */
    @JsonProperty("accept")
    ACCEPT,
    /** The plan writes nothing, and the next one takes its entries. */
    @JsonProperty("void")
    VOID
  }
}
