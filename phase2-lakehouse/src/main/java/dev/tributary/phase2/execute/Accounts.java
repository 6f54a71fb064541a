package dev.tributary.phase2.execute;

import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.table.MarkedCommit;

/** Makes a plan's counts from what was prepared and what Delta measured. */
final class Accounts {
  private Accounts() {}

  static PlanCounts counts(Prepared prepared, MarkedCommit commit) {
    if (prepared.outcome().equals(Prepared.VOID)) {
      return PlanCounts.NONE;
    }
    return written(prepared, commit).routing(prepared.routed());
  }

  private static PlanCounts written(Prepared prepared, MarkedCommit commit) {
    if (prepared.history().isPresent()) {
      return counts(prepared, prepared.history().get());
    }
    if (prepared.keys() == 0) {
      return new PlanCounts(
          prepared.read(),
          prepared.appended(),
          0,
          0,
          prepared.filtered(),
          prepared.quarantined(),
          prepared.superseded(),
          0,
          0,
          prepared.held(),
          prepared.made(),
          prepared.combined());
    }
    long inserted = prepared.appended() + commit.metric("numTargetRowsInserted");
    long deleted = commit.metric("numTargetRowsDeleted") + prepared.softDeleted();
    long updated = commit.metric("numTargetRowsUpdated") - prepared.softDeleted();
    // Each key is the outcome of one record; what neither wrote nor deleted met a newer row.
    long late = prepared.keys() - inserted - updated - deleted - prepared.unmatched();
    return new PlanCounts(
        prepared.read(),
        inserted,
        updated,
        deleted,
        prepared.filtered(),
        prepared.quarantined(),
        prepared.superseded(),
        late,
        prepared.unmatched(),
        prepared.held(),
        prepared.made(),
        prepared.combined());
  }

  /** They were counted before the commit: what its MERGE wrote are versions of other events too. */
  private static PlanCounts counts(Prepared prepared, HistoryCounts events) {
    return new PlanCounts(
        prepared.read(),
        events.inserted(),
        0,
        events.deleted(),
        prepared.filtered(),
        prepared.quarantined(),
        0,
        0,
        events.unmatched(),
        prepared.held() + events.held(),
        prepared.made(),
        prepared.combined());
  }
}
