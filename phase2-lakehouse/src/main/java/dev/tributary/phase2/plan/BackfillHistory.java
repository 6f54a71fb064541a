package dev.tributary.phase2.plan;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * The plans of a log that are about what live plans have read, from the newest back: parts of
 * backfills, replays and erasures. Each step reads a plan and two accounts, however many live
 * batches lie between.
 */
public final class BackfillHistory {
  private final PlanLog log;

  /** The history of a table. */
  public BackfillHistory(PlanLog log) {
    this.log = log;
  }

  /**
   * Such a plan that is done.
   *
   * @param plan the plan
   * @param account its accounts
   */
  public record Done(Plan plan, PlanAccount account) {
    /** What the plan of a backfill is a part of. */
    public BackfillChunk chunk() {
      return plan.backfill().orElseThrow();
    }

    /** Whether it wrote what it was to write. */
    public boolean committed() {
      return account.outcome() == PlanOutcome.COMMITTED;
    }
  }

  /** The newest such plan as of an account; empty: there was none. */
  public Optional<Done> newest(Optional<PlanAccount> asOf) {
    return asOf.flatMap(PlanAccount::backfilled)
        .map(
            backfilled ->
                new Done(
                    log.plan(backfilled.plan()).orElseThrow(),
                    log.account(backfilled.plan()).orElseThrow()));
  }

  /** The one before. */
  public Optional<Done> before(Done done) {
    long number = done.plan().plan();
    return number == 0 ? Optional.empty() : newest(log.account(number - 1));
  }

  /** The newest plan of a backfill that fits. */
  public Optional<Done> newest(Optional<PlanAccount> asOf, Predicate<Done> fits) {
    Optional<Done> done = newest(asOf);
    while (done.isPresent()
        && !(done.get().plan().kind() == PlanKind.BACKFILL && fits.test(done.get()))) {
      done = before(done.get());
    }
    return done;
  }
}
