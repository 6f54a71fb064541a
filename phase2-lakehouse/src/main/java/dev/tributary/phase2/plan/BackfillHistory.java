package dev.tributary.phase2.plan;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * The backfills' plans of a log, from the newest back. Each step reads a plan and two accounts,
 * however many live batches lie between.
 */
public final class BackfillHistory {
  private final PlanLog log;

  /** The history of a table. */
  public BackfillHistory(PlanLog log) {
    this.log = log;
  }

  /**
   * A backfill's plan that is done.
   *
   * @param plan the plan
   * @param account its accounts
   */
  public record Done(Plan plan, PlanAccount account) {
    /** What the plan is a part of. */
    public BackfillChunk chunk() {
      return plan.backfill().orElseThrow();
    }

    /** Whether it wrote what it was to write. */
    public boolean committed() {
      return account.outcome() == PlanOutcome.COMMITTED;
    }
  }

  /** The newest plan of a backfill as of an account; empty: there was none. */
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

  /** The newest one that fits. */
  public Optional<Done> newest(Optional<PlanAccount> asOf, Predicate<Done> fits) {
    Optional<Done> done = newest(asOf);
    while (done.isPresent() && !fits.test(done.get())) {
      done = before(done.get());
    }
    return done;
  }
}
