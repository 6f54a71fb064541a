package dev.tributary.phase2.live;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.storage.FaultPoint;
import dev.tributary.streaming.StopSignal;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes turns with other runs at one table's plan log: plan n is done before n+1 is put, whoever
 * put n.
 */
final class PlanTurns {
  private static final Logger LOG = LoggerFactory.getLogger(PlanTurns.class);
  private static final Duration POLL = Duration.ofMillis(500);

  private final PlanLog log;
  private final PlanExecutor executor;
  private final Heartbeat heartbeat;
  private final String dataset;
  private final String run;
  private final Duration aliveTimeout;
  private OptionalLong seen = OptionalLong.empty();

  PlanTurns(
      PlanLog log,
      PlanExecutor executor,
      Heartbeat heartbeat,
      String dataset,
      String run,
      Duration aliveTimeout) {
    this.log = log;
    this.executor = executor;
    this.heartbeat = heartbeat;
    this.dataset = dataset;
    this.run = run;
    this.aliveTimeout = aliveTimeout;
  }

  /**
   * Where the plan log stands.
   *
   * @param head the newest plan, which is done; empty in an empty log
   * @param account its accounts
   */
  record Standing(OptionalLong head, Optional<PlanAccount> account) {
    long next() {
      return head.isEmpty() ? 0 : head.getAsLong() + 1;
    }
  }

  /**
   * Sees to it that the newest plan is done: waits for its run while that is alive, else does it.
   *
   * @return empty if the stop was asked for meanwhile
   * @throws TributaryException PLAN_CONFLICT if another run writes this dataset
   */
  Optional<Standing> settled(StopSignal stop) throws InterruptedException {
    OptionalLong head = log.head();
    refuseRival(head);
    if (head.isEmpty()) {
      return Optional.of(new Standing(head, Optional.empty()));
    }
    Optional<PlanAccount> account = log.account(head.getAsLong());
    if (account.isEmpty()) {
      account = finished(log.plan(head.getAsLong()).orElseThrow(), stop);
    }
    // While somebody else's plan was waited for, more may have come.
    return account.isEmpty() ? Optional.empty() : Optional.of(new Standing(head, account));
  }

  /**
   * Puts a plan and does it.
   *
   * @return empty if another dataset's plan has taken the number
   * @throws TributaryException PLAN_CONFLICT if another run writes this dataset
   */
  Optional<PlanAccount> take(Plan plan) {
    return heartbeat.during(
        () -> {
          boolean put = log.put(plan);
          if (!put) {
            refuseRival(OptionalLong.of(plan.plan()));
            return Optional.<PlanAccount>empty();
          }
          seen = OptionalLong.of(plan.plan());
          FaultPoint.reach("phase2.plan-put");
          return Optional.of(executor.execute(plan));
        });
  }

  /** What was put before this run began is no rival's; what comes after is. */
  private void refuseRival(OptionalLong head) {
    if (seen.isEmpty()) {
      seen = head.isEmpty() ? OptionalLong.of(-1) : head;
      return;
    }
    for (long n = seen.getAsLong() + 1; head.isPresent() && n <= head.getAsLong(); n++) {
      Plan plan = log.plan(n).orElseThrow();
      if (plan.dataset().equals(dataset)
          && plan.kind() == PlanKind.LIVE
          && !plan.run().equals(run)) {
        throw new TributaryException(
            ErrorCode.PLAN_CONFLICT,
            "Another run (%s) writes dataset '%s': it put plan %d of %s. Let one driver run the dataset."
                .formatted(plan.run(), dataset, n, log.folders().table()));
      }
      seen = OptionalLong.of(n);
    }
  }

  private Optional<PlanAccount> finished(Plan plan, StopSignal stop) throws InterruptedException {
    if (!plan.run().equals(run)) {
      Optional<PlanAccount> account = waited(plan, stop);
      if (account.isPresent() || stop.requested()) {
        return account;
      }
      LOG.info(
          "Run {} shows no sign of life; its plan {} of {} is finished here",
          plan.run(),
          plan.plan(),
          log.folders().name());
    }
    return Optional.of(heartbeat.during(() -> executor.execute(plan)));
  }

  /** Empty if the other run is dead, or the stop was asked for. */
  private Optional<PlanAccount> waited(Plan plan, StopSignal stop) throws InterruptedException {
    Optional<SignOfLife> last = Heartbeat.of(log, plan.run());
    long since = System.nanoTime();
    while (last.isPresent()
        && !Heartbeat.knownDead(last.get())
        && System.nanoTime() - since < aliveTimeout.toNanos()) {
      if (stop.await(POLL)) {
        return Optional.empty();
      }
      Optional<PlanAccount> account = log.account(plan.plan());
      if (account.isPresent()) {
        return account;
      }
      Optional<SignOfLife> now = Heartbeat.of(log, plan.run());
      if (!now.equals(last)) {
        last = now;
        since = System.nanoTime();
      }
    }
    return log.account(plan.plan());
  }
}
