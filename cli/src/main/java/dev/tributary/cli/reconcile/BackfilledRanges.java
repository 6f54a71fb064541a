package dev.tributary.cli.reconcile;

import dev.tributary.phase2.plan.BackfillHistory;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The records that backfills have read again or replays have resolved, each by the newest plan that
 * did: of these the plan says exactly how many have no row. What a replay has set aside again
 * stands in the quarantine as before. Also those that a plan under way is about, of which nothing
 * can be said before it is done.
 */
final class BackfilledRanges {
  private final List<Range> ranges = new ArrayList<>();
  private final Optional<Plan> open;
  private final ResolvedRecords resolved;

  /** What one plan read, less what a newer one read again. */
  private record Range(Plan plan, long filtered, CoordinateSet taken) {}

  /** Reads the backfills' and replays' plans of a dataset. */
  BackfilledRanges(
      PlanLog plans, String dataset, Optional<PlanAccount> account, ResolvedRecords resolved) {
    this.resolved = resolved;
    BackfillHistory history = new BackfillHistory(plans);
    Optional<BackfillHistory.Done> done = history.newest(account);
    // What was filled in before a cut-over is not in the table that it brought.
    long since = account.map(last -> last.cutovers().getOrDefault(dataset, -1L)).orElse(-1L);
    while (done.filter(each -> each.plan().plan() > since).isPresent()) {
      if (done.get().committed() && done.get().plan().dataset().equals(dataset)) {
        ranges.add(
            new Range(
                done.get().plan(), leftOut(done.get().account().counts()), new CoordinateSet()));
      }
      done = history.before(done.get());
    }
    OptionalLong head = plans.head();
    this.open =
        head.isPresent() && (account.isEmpty() || account.get().plan() < head.getAsLong())
            ? plans.plan(head.getAsLong()).filter(plan -> plan.kind().readsAgain())
            : Optional.empty();
  }

  /** Records of which no row need be there. */
  private static long leftOut(PlanCounts counts) {
    return counts.filtered() + counts.combined();
  }

  /** Whether a plan is under way. */
  boolean underWay() {
    return open.isPresent();
  }

  /** Whether the plan that is under way is about the record. */
  boolean isUnderWay(PartitionId partition, long sequence, long offset, long timestamp) {
    return open.isPresent() && reads(open.get(), partition, sequence, offset, timestamp);
  }

  /** Takes note of a record, where a backfill has read it. */
  boolean take(PartitionId partition, long sequence, long offset, long timestamp) {
    for (Range range : ranges) {
      boolean read =
          range.plan().kind() == PlanKind.REPLAY
              ? resolved.by(range.plan().plan(), partition, offset)
              : reads(range.plan(), partition, sequence, offset, timestamp);
      if (read) {
        range.taken().add(partition, offset);
        return true;
      }
    }
    return false;
  }

  /** How many records have no row although their plan did not leave them out. */
  long missing(CoordinateSet written) {
    return ranges.stream()
        .mapToLong(range -> Math.max(0, range.taken().notIn(written) - range.filtered()))
        .sum();
  }

  private static boolean reads(
      Plan plan, PartitionId partition, long sequence, long offset, long timestamp) {
    for (EntryRange entries : plan.source().ranges()) {
      if (entries.topic().equals(partition.topic())
          && entries.from() <= sequence
          && sequence <= entries.to()) {
        return plan.source()
            .within()
            .map(
                within ->
                    within.contains(
                        partition.topic(),
                        partition.incarnation(),
                        partition.partition(),
                        offset,
                        timestamp))
            .orElse(true);
      }
    }
    return false;
  }
}
