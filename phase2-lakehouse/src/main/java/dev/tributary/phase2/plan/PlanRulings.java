package dev.tributary.phase2.plan;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.time.Clock;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * How an operator rules on a plan that cannot be admitted. A ruling is put beside the plan; the
 * driver that meets the plan next carries it out. Thread-safe.
 */
public final class PlanRulings {
  private final PlanLog log;
  private final Clock clock;

  /** Rulings on the plans of one table. */
  public PlanRulings(PlanLog log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  /**
   * Lifts the limits for plan n.
   *
   * @throws TributaryException NOT_FOUND for a plan that is not there or is done, VERSION_CONFLICT
   *     if there is another ruling on it
   */
  public Ruling accept(long n, String by, String reason) {
    return rule(n, Ruling.Decision.ACCEPT, by, reason);
  }

  /**
   * Lets plan n write nothing, so that the next plan takes its entries under the dataset version
   * that is then current; of a plan of the kind {@code ddl}, lets the version before go on. If the
   * table has borne n already, n is finished instead.
   *
   * @throws TributaryException as {@link #accept}, and CHANGE_REFUSED for a plan that is done again
   *     after a RESTORE
   */
  public Ruling voidPlan(long n, String by, String reason) {
    return rule(n, Ruling.Decision.VOID, by, reason);
  }

  private Ruling rule(long n, Ruling.Decision decision, String by, String reason) {
    OptionalLong head = log.head();
    if (head.isEmpty()
        || head.getAsLong() != n
        || log.account(n).isPresent()
        || log.plan(n).filter(plan -> plan.kind() == PlanKind.RESTORE).isPresent()) {
      throw new TributaryException(
          ErrorCode.NOT_FOUND,
          "Plan %d of %s waits for no ruling: %s. List the plans and name the one that is not done."
              .formatted(
                  n,
                  log.folders().table(),
                  head.isEmpty() ? "there are no plans" : "the head is " + head.getAsLong()));
    }
    if (decision == Ruling.Decision.VOID
        && log.doneBefore(n).filter(done -> done.outcome() == PlanOutcome.COMMITTED).isPresent()) {
      throw new TributaryException(
          ErrorCode.CHANGE_REFUSED,
          "Plan %d of %s was done before the table was restored, and what comes after it builds on that; it cannot be void now. Mend what keeps it from being done again."
              .formatted(n, log.folders().table()));
    }
    Ruling ruling =
        new Ruling(
            Plan.FORMAT, n, UUID.randomUUID().toString(), decision, by, reason, clock.millis());
    if (log.put(ruling)) {
      return ruling;
    }
    Ruling before = log.ruling(n).orElseThrow();
    if (before.ruling() != decision) {
      throw new TributaryException(
          ErrorCode.VERSION_CONFLICT,
          "%s has already ruled '%s' on plan %d. A ruling cannot be changed; let a driver carry it out."
              .formatted(before.by(), before.ruling(), n));
    }
    return before;
  }
}
