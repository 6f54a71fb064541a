package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.stream.LongStream;

/**
 * What became of the records of a plan. Every record is in exactly one of the counts after {@code
 * read}, {@code made} excepted.
 *
 * @param read records in the plan's manifest entries
 * @param inserted became new rows
 * @param updated changed a row
 * @param deleted took a row away, or marked it deleted; of a history, ended a version
 * @param filtered left out by a step, or a delete where the dataset ignores deletes
 * @param quarantined set aside with a reason
 * @param superseded a newer event of the same key is in the same plan
 * @param late an event of the same key that was written earlier is newer, or the row came too late
 *     by its event time and stands in the late table
 * @param unmatched deletes of keys that were not there; of a history, those that ended no version
 * @param held records that a backfill left alone, since the table or its quarantine has them; of a
 *     history also events that it has already
 * @param made rows that steps which explode records made besides the first of each; where there are
 *     any, the other counts are of rows, of which a record in quarantine is one
 * @param combined rows that steps which combine merged into others
 * @param routed those of {@code late} that stand in the late table
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PlanCounts(
    long read,
    long inserted,
    long updated,
    long deleted,
    long filtered,
    long quarantined,
    long superseded,
    long late,
    long unmatched,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long held,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long made,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long combined,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long routed) {
  /** Nothing read. */
  public static final PlanCounts NONE = new PlanCounts(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** Of a plan without a late table. */
  public PlanCounts(
      long read,
      long inserted,
      long updated,
      long deleted,
      long filtered,
      long quarantined,
      long superseded,
      long late,
      long unmatched,
      long held,
      long made,
      long combined) {
    this(
        read,
        inserted,
        updated,
        deleted,
        filtered,
        quarantined,
        superseded,
        late,
        unmatched,
        held,
        made,
        combined,
        0);
  }

  /** The same with rows that stand in the late table, besides those that are late already. */
  public PlanCounts routing(long rows) {
    return new PlanCounts(
        read,
        inserted,
        updated,
        deleted,
        filtered,
        quarantined,
        superseded,
        late + rows,
        unmatched,
        held,
        made,
        combined,
        routed + rows);
  }

  /** Of a plan whose records become one row each. */
  public PlanCounts(
      long read,
      long inserted,
      long updated,
      long deleted,
      long filtered,
      long quarantined,
      long superseded,
      long late,
      long unmatched,
      long held) {
    this(
        read,
        inserted,
        updated,
        deleted,
        filtered,
        quarantined,
        superseded,
        late,
        unmatched,
        held,
        0,
        0);
  }

  /** Of a plan that leaves no record alone. */
  public PlanCounts(
      long read,
      long inserted,
      long updated,
      long deleted,
      long filtered,
      long quarantined,
      long superseded,
      long late,
      long unmatched) {
    this(read, inserted, updated, deleted, filtered, quarantined, superseded, late, unmatched, 0);
  }

  /** Both together. */
  public PlanCounts plus(PlanCounts other) {
    return new PlanCounts(
        read + other.read,
        inserted + other.inserted,
        updated + other.updated,
        deleted + other.deleted,
        filtered + other.filtered,
        quarantined + other.quarantined,
        superseded + other.superseded,
        late + other.late,
        unmatched + other.unmatched,
        held + other.held,
        made + other.made,
        combined + other.combined,
        routed + other.routed);
  }

  /**
   * The records that are accounted for; equal to {@code read} and {@code made} where the accounts
   * balance.
   */
  public long accounted() {
    return inserted
        + updated
        + deleted
        + filtered
        + quarantined
        + superseded
        + late
        + unmatched
        + held
        + combined;
  }

  /** Whether every record is accounted for, and none twice. */
  public boolean balanced() {
    return accounted() == read + made
        && routed <= late
        && LongStream.of(
                inserted,
                updated,
                deleted,
                filtered,
                quarantined,
                superseded,
                late,
                unmatched,
                held,
                made,
                combined,
                routed)
            .allMatch(count -> count >= 0);
  }
}
