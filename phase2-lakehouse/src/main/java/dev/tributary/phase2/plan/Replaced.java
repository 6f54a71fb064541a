package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * What a plan that replaces, a replay or an erasure took out.
 *
 * @param rows rows of the table
 * @param quarantined records of the quarantine; those of a replay it resolved, or set aside again
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Replaced(long rows, long quarantined) {
  /** Nothing. */
  public static final Replaced NOTHING = new Replaced(0, 0);

  /** Both together. */
  public Replaced plus(Replaced other) {
    return new Replaced(rows + other.rows, quarantined + other.quarantined);
  }
}
