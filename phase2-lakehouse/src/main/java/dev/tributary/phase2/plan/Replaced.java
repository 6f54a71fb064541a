package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What a plan that replaces, a replay or an erasure took out.
 *
 * @param rows rows of the table
 * @param quarantined records of the quarantine; those of a replay it resolved, or set aside again
 * @param late rows of the late table
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Replaced(
    long rows, long quarantined, @JsonInclude(JsonInclude.Include.NON_DEFAULT) long late) {
  /** Nothing. */
  public static final Replaced NOTHING = new Replaced(0, 0);

  /** Where no row of a late table was taken out. */
  public Replaced(long rows, long quarantined) {
    this(rows, quarantined, 0);
  }

  /** Both together. */
  public Replaced plus(Replaced other) {
    return new Replaced(rows + other.rows, quarantined + other.quarantined, late + other.late);
  }
}
