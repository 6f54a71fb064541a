package dev.tributary.phase2.live;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.storage.FaultPoint;
import dev.tributary.streaming.Failures;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes turns with other runs at one table's plan log: plan n is done before n+1 is put, whoever
 * put n.
 */
public final class PlanTurns {
  private static final Logger LOG = LoggerFactory.getLogger(PlanTurns.class);

  /** What a plan's own records, steps or columns are to blame for, or nobody knows what is. */
  private static final Set<ErrorCode> GIVEN_UP =
      EnumSet.of(
          ErrorCode.CHANGE_REFUSED,
          ErrorCode.PLAN_NOT_ADMITTED,
          ErrorCode.PLAN_NOT_REPEATABLE,
          ErrorCode.TRANSFORM_FAILED,
          ErrorCode.TRANSFORM_INVALID,
          ErrorCode.SCHEMA_REFUSED,
          ErrorCode.SPEC_INVALID,
          ErrorCode.UNACCOUNTED,
          ErrorCode.ARCHIVE_CHECKSUM,
          ErrorCode.ARCHIVE_SWEPT,
          ErrorCode.INTERNAL_ERROR);

  /** What quotes no record when it says what is wrong. */
  private static final Set<ErrorCode> QUOTE_NONE =
      EnumSet.of(
          ErrorCode.CHANGE_REFUSED,
          ErrorCode.TRANSFORM_INVALID,
          ErrorCode.SCHEMA_REFUSED,
          ErrorCode.UNACCOUNTED,
          ErrorCode.ARCHIVE_CHECKSUM,
          ErrorCode.ARCHIVE_SWEPT);

  /** How often a table is looked at that gets no plans. */
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final PlanLog log;
  private final PlanExecutor executor;
  private final Heartbeat heartbeat;
  private final Predicate<Plan> rival;
  private final String run;
  private final Duration aliveTimeout;
  private OptionalLong seen = OptionalLong.empty();
  private boolean looked;
  private long lookedAt;

  private PlanTurns(
      PlanLog log,
      PlanExecutor executor,
      Heartbeat heartbeat,
      Predicate<Plan> rival,
      String run,
      Duration aliveTimeout) {
    this.log = log;
    this.executor = executor;
    this.heartbeat = heartbeat;
    this.rival = rival;
    this.run = run;
    this.aliveTimeout = aliveTimeout;
  }

  /**
   * Of the run that alone may put live plans of a dataset.
   *
   * @param aliveTimeout how long a sign of life may stay the same before its run counts as dead
   */
  public static PlanTurns live(
      PlanLog log,
      PlanExecutor executor,
      Heartbeat heartbeat,
      String dataset,
      String run,
      Duration aliveTimeout) {
    return new PlanTurns(
        log,
        executor,
        heartbeat,
        plan ->
            plan.dataset().equals(dataset)
                && plan.kind() == PlanKind.LIVE
                && plan.again().isEmpty()
                && !plan.run().equals(run),
        run,
        aliveTimeout);
  }

  /** Of a run that puts its plans between those of others, and has no rival. */
  public static PlanTurns between(
      PlanLog log, PlanExecutor executor, Heartbeat heartbeat, String run, Duration aliveTimeout) {
    return new PlanTurns(log, executor, heartbeat, plan -> false, run, aliveTimeout);
  }

  /**
   * Where the plan log stands.
   *
   * @param head the newest plan, which is done; empty in an empty log
   * @param account its accounts
   */
  public record Standing(OptionalLong head, Optional<PlanAccount> account) {
    /** The number of the next plan. */
    public long next() {
      return head.isEmpty() ? 0 : head.getAsLong() + 1;
    }
  }

  /**
   * Sees to it that the newest plan is done: waits for its run while that is alive, else does it.
   * Where the table was restored, that includes all plans whose rows were taken back, which are
   * done again in a new generation of the log.
   *
   * @return empty if the stop was asked for meanwhile
   * @throws TributaryException PLAN_CONFLICT if another run writes this dataset, TABLE_RESTORED
   *     where what was taken back cannot be made again
   */
  public Optional<Standing> settled(StopSignal stop) throws InterruptedException {
    while (!stop.requested()) {
      int generation = log.generation();
      try {
        Optional<Standing> standing = standing(stop);
        boolean same = generation == log.generation();
        if (same && (standing.isEmpty() || !doneAgain(standing.get()))) {
          return standing;
        }
      } catch (TributaryException e) {
        goOver(e);
      }
    }
    return Optional.empty();
  }

  private Optional<Standing> standing(StopSignal stop) throws InterruptedException {
    OptionalLong head = log.head();
    refuseRival(head);
    if (head.isEmpty()) {
      return Optional.of(new Standing(head, Optional.empty()));
    }
    Optional<PlanAccount> account = log.account(head.getAsLong());
    if (account.isEmpty()) {
      Plan plan = log.plan(head.getAsLong()).orElseThrow();
      if (plan.kind() == PlanKind.RESTORE) {
        heartbeat.during(executor::beginGeneration);
        seen = OptionalLong.empty();
        return Optional.empty();
      }
      account = finished(plan, stop);
    }
    if (looks()) {
      executor.requireNotRestored();
    }
    // While somebody else's plan was waited for, more may have come.
    return account.isEmpty() ? Optional.empty() : Optional.of(new Standing(head, account));
  }

  /** A table that nobody writes is looked at now and then; a plan looks by itself. */
  private boolean looks() {
    long now = System.nanoTime();
    boolean due = !looked || now - lookedAt >= LOOK.toNanos();
    if (due) {
      looked = true;
      lookedAt = now;
    }
    return due;
  }

  /** Whether a plan was put, or its turn taken, that a RESTORE has taken back. */
  private boolean doneAgain(Standing standing) {
    Optional<Plan> plan = log.toDoAgain(standing.next());
    if (plan.isEmpty()) {
      return false;
    }
    boolean first =
        log.succession().filter(begun -> begun.state() + 1 == standing.next()).isPresent();
    if (first) {
      heartbeat.during(
          () -> {
            executor.prepareGeneration();
            return true;
          });
    }
    LOG.info(
        "Plan {} of {} is done again, since the table was restored",
        standing.next(),
        log.folders().name());
    take(
        plan.get()
            .again(
                log.generation(), UUID.randomUUID().toString(), run, Clock.systemUTC().millis()));
    return true;
  }

  /**
   * Looks at once whether the table was restored, and if so goes over to a new generation of the
   * log: before what it holds is judged, since the plans that follow may bring rows back.
   *
   * @return whether it was, so that all is to be looked at anew
   * @throws TributaryException TABLE_RESTORED where what was taken back cannot be made again
   */
  public boolean wentOver() {
    try {
      executor.requireNotRestored();
      return false;
    } catch (TributaryException e) {
      goOver(e);
      return true;
    }
  }

  /** Rows that were taken back are no reason to stop, as long as they can be made again. */
  private void goOver(TributaryException cause) {
    if (cause.code() != ErrorCode.TABLE_RESTORED || !heartbeat.during(executor::beginGeneration)) {
      throw cause;
    }
    seen = OptionalLong.empty();
  }

  /**
   * Puts a plan and does it.
   *
   * @return empty if another dataset's plan has taken the number, or the table was restored and a
   *     new generation of the log has begun
   * @throws TributaryException PLAN_CONFLICT if another run writes this dataset
   */
  public Optional<PlanAccount> take(Plan plan) {
    return heartbeat.during(
        () -> {
          boolean put = log.put(plan);
          if (!put) {
            refuseRival(OptionalLong.of(plan.plan()));
            return Optional.<PlanAccount>empty();
          }
          seen = OptionalLong.of(plan.plan());
          FaultPoint.reach("phase2.plan-put");
          try {
            return Optional.of(ownDone(plan));
          } catch (TributaryException e) {
            goOver(e);
            return Optional.<PlanAccount>empty();
          }
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
      if (rival.test(plan)) {
        throw new TributaryException(
            ErrorCode.PLAN_CONFLICT,
            "Another run (%s) writes dataset '%s': it put plan %d of %s. Let one driver run the dataset."
                .formatted(plan.run(), plan.dataset(), n, log.folders().table()));
      }
      seen = OptionalLong.of(n);
    }
  }

  private Optional<PlanAccount> finished(Plan plan, StopSignal stop) throws InterruptedException {
    if (!plan.run().equals(run)) {
      Optional<PlanAccount> account = new PlanWatch(log, aliveTimeout).done(plan, stop);
      if (account.isPresent() || stop.requested() || plan.generation() != log.generation()) {
        return account;
      }
      LOG.info(
          "Run {} shows no sign of life; its plan {} of {} is finished here",
          plan.run(),
          plan.plan(),
          log.folders().name());
    }
    return Optional.of(heartbeat.during(() -> othersDone(plan)));
  }

  private PlanAccount ownDone(Plan plan) {
    try {
      return executor.execute(plan);
    } catch (Exception e) {
      if (!mayGiveUp(plan, e)) {
        throw e;
      }
      PlanAccount given = giveUp(plan, Failures.coded(e));
      if (plan.again().isPresent()) {
        // Who has put it anew did not ask for it.
        return given;
      }
      throw e;
    }
  }

  private PlanAccount othersDone(Plan plan) {
    try {
      return executor.execute(plan);
    } catch (Exception e) {
      if (mayGiveUp(plan, e)) {
        return giveUp(plan, Failures.coded(e));
      }
      throw e;
    }
  }

  /**
   * Nothing that comes later depends on a part of a backfill, a replay or a cut-over, so one that
   * cannot be done is made void by whoever finds that out: the live batches do not wait for an
   * operator's word on it. What was done before a RESTORE is built upon.
   */
  private boolean mayGiveUp(Plan plan, Exception cause) {
    return plan.kind().givesWay()
        && (plan.again().isEmpty() || log.doneBefore(plan.plan()).isEmpty())
        && givenUp(plan.kind(), Failures.coded(cause).code())
        && Failures.cause(cause, InterruptedException.class).isEmpty()
        && !Thread.currentThread().isInterrupted();
  }

  /** An erasure may have rewritten the archive, so that what nobody knows is tried again. */
  private static boolean givenUp(PlanKind kind, ErrorCode code) {
    return GIVEN_UP.contains(code) && !(kind == PlanKind.ERASE && code == ErrorCode.INTERNAL_ERROR);
  }

  /** A ruling is kept for ever, and an erasure does not reach it: it quotes no record. */
  private String reason(TributaryException cause) {
    return QUOTE_NONE.contains(cause.code())
        ? cause.getMessage()
        : "%s, of which the log of run %s says more".formatted(cause.code().code(), run);
  }

  private PlanAccount giveUp(Plan plan, TributaryException cause) {
    try {
      new PlanRulings(log, Clock.systemUTC()).voidPlan(plan.plan(), run, reason(cause));
    } catch (TributaryException ruled) {
      // Somebody has accepted the plan, or it is done.
      throw cause;
    }
    LOG.error(
        "Plan {} of {}, a {}, is made void: {}",
        plan.plan(),
        log.folders().name(),
        plan.kind().text(),
        cause.getMessage());
    return executor.execute(plan);
  }
}
