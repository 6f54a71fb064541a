package dev.tributary.cli.reconcile;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The account of one table: the archive's records = what became of them + waiting.
 *
 * @param table where it lies
 * @param lastPlan the last plan that is done; empty: none
 * @param planOpen whether a plan is under way
 * @param mark the plan number that the table bears
 * @param archived how many records the archive holds
 * @param totals what became of the records that were read
 * @param backfilled what became of the records that backfills and replays read again; empty: there
 *     was none
 * @param released records that these have taken out of the quarantine
 * @param waiting records that no done plan holds yet
 * @param missing records that a done plan should have read and nothing accounts for
 * @param twice records accounted for more than once
 * @param unbalanced the plans whose counts do not add up
 * @param restored the table's version that is a RESTORE and took rows of done plans away
 */
public record TableAccount(
    String table,
    OptionalLong lastPlan,
    boolean planOpen,
    OptionalLong mark,
    long archived,
    Map<String, Long> totals,
    Map<String, Long> backfilled,
    long released,
    long waiting,
    long missing,
    long twice,
    List<Long> unbalanced,
    OptionalLong restored) {

  static TableAccount of(String table, PlanFacts facts) {
    long unread = facts.planned() - facts.read();
    long undisposed = facts.read() - facts.disposed();
    long again = facts.backfillsUndisposed();
    return new TableAccount(
        table,
        facts.lastDone(),
        facts.open(),
        facts.mark(),
        facts.held(),
        facts.totals(),
        facts.backfilled(),
        facts.released(),
        facts.held() - facts.planned(),
        Math.max(0, unread) + Math.max(0, undisposed) + Math.max(0, again),
        Math.max(0, -unread) + Math.max(0, -undisposed) + Math.max(0, -again),
        facts.unbalanced(),
        facts.restored());
  }

  TableAccount with(long moreMissing, long moreTwice) {
    return new TableAccount(
        table,
        lastPlan,
        planOpen,
        mark,
        archived,
        totals,
        backfilled,
        released,
        waiting,
        missing + moreMissing,
        twice + moreTwice,
        unbalanced,
        restored);
  }

  /** How many records were ever set aside, those of backfills included. */
  @JsonIgnore
  public long quarantined() {
    return totals.getOrDefault("quarantined", 0L) + backfilled.getOrDefault("quarantined", 0L);
  }

  /** How many rows ever went to the late table, those of backfills included. */
  @JsonIgnore
  public long routed() {
    return totals.getOrDefault(PlanFacts.ROUTED, 0L)
        + backfilled.getOrDefault(PlanFacts.ROUTED, 0L);
  }

  /** Whether the table lacks the mark of a plan that the plan log calls done. */
  boolean behindItsLog() {
    return lastPlan.isPresent() && (mark.isEmpty() || mark.getAsLong() < lastPlan.getAsLong());
  }
}
