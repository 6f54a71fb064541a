package dev.tributary.phase2.live;

import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.streaming.StopSignal;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Waits for the plans of other runs, as long as these are alive. */
public final class PlanWatch {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofDays(36_500);

  private final PlanLog log;
  private final Duration aliveTimeout;

  /**
   * A watch over one table's plans.
   *
   * @param aliveTimeout how long a sign of life may stay the same before its run counts as dead
   */
  public PlanWatch(PlanLog log, Duration aliveTimeout) {
    this.log = log;
    this.aliveTimeout = aliveTimeout;
  }

  /** The plan that is put and not done. */
  public Optional<Plan> open() {
    OptionalLong head = log.head();
    if (head.isEmpty() || log.account(head.getAsLong()).isPresent()) {
      return Optional.empty();
    }
    Optional<Plan> open = log.plan(head.getAsLong());
    // One that ends its generation is never done.
    return open.filter(plan -> plan.kind() == PlanKind.RESTORE).isPresent() && log.advance()
        ? open()
        : open;
  }

  /** The plan's account, once it is done; empty if its run is dead, or the stop was asked for. */
  public Optional<PlanAccount> done(Plan plan, StopSignal stop) throws InterruptedException {
    return done(plan, LONG, stop);
  }

  /** As {@link #done(Plan, StopSignal)}; empty also after {@code atMost}. */
  public Optional<PlanAccount> done(Plan plan, Duration atMost, StopSignal stop)
      throws InterruptedException {
    Optional<SignOfLife> last = Heartbeat.of(log, plan.run());
    long began = System.nanoTime();
    long since = began;
    while (last.isPresent()
        && !Heartbeat.knownDead(last.get())
        && System.nanoTime() - since < aliveTimeout.toNanos()
        && System.nanoTime() - began < atMost.toNanos()) {
      if (stop.await(POLL)) {
        return Optional.empty();
      }
      // Where the table was restored, it is done in the next generation.
      log.advance();
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
