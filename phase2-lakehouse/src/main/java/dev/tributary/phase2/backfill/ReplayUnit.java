package dev.tributary.phase2.backfill;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.execute.QuarantinedEntries;
import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.PlanTurns;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.ObjectStores;
import dev.tributary.streaming.Commit;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one replay: puts plans that take up quarantined records between those of others, has them
 * done, and says what came of it. What is left to do stands in the quarantine alone, so that a
 * replay that was killed is begun anew, and two at once share the records out.
 */
public final class ReplayUnit implements RunUnit {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayUnit.class);

  private final SparkSession spark;
  private final Metastore metastore;
  private final ReplayRequest request;
  private final String run;
  private final Duration aliveInterval;
  private final Duration aliveTimeout;
  private final ReportOutput output;
  private final PipelineMetrics metrics;
  private final Clock clock;
  private Optional<ReplayPlanner> planner = Optional.empty();
  private long prepared;

  /**
   * A unit that does nothing yet.
   *
   * @param run the driver's run id
   */
  public ReplayUnit(
      SparkSession spark,
      Metastore metastore,
      ReplayRequest request,
      String run,
      Duration aliveInterval,
      Duration aliveTimeout,
      ReportOutput output,
      PipelineMetrics metrics,
      Clock clock) {
    this.spark = spark;
    this.metastore = metastore;
    this.request = request;
    this.run = run + "." + request.dataset() + ".replay";
    this.aliveInterval = aliveInterval;
    this.aliveTimeout = aliveTimeout;
    this.output = output;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public String name() {
    return metrics.pipeline();
  }

  @Override
  public List<PipelineMetrics> pipelines() {
    return List.of(metrics);
  }

  @Override
  public void run(StopSignal stop) throws InterruptedException {
    metrics.running();
    Configuration configuration = spark.sessionState().newHadoopConf();
    BackfillTarget target = new BackfillTarget(metastore, request.target(), configuration);
    PlanLog log = target.log();
    ConditionalWriteProbe.require(
        log.store(),
        log.folders().plans(),
        configuration.getBoolean(ObjectStores.SINGLE_DRIVER, false));
    ReplayPlanner plans =
        planner.orElseGet(
            () ->
                new ReplayPlanner(
                    target,
                    request,
                    new QuarantinedEntries(spark, log),
                    configuration,
                    run,
                    clock));
    planner = Optional.of(plans);
    PlanExecutor executor = new PlanExecutor(spark, log, run, clock);
    try (Heartbeat heartbeat = new Heartbeat(log, run, aliveInterval, clock)) {
      PlanTurns turns = PlanTurns.between(log, executor, heartbeat, run, aliveTimeout);
      Optional<PlanTurns.Standing> standing = turns.settled(stop);
      standing.ifPresent(now -> passOwn(plans, now, log));
      while (standing.isPresent() && !stop.requested()) {
        Optional<Plan> next = plans.next(standing.get().account(), standing.get().next());
        if (next.isEmpty()) {
          metrics.caughtUp();
          break;
        }
        if (prepared != next.get().datasetVersion()) {
          target.prepare(executor, next.get().datasetVersion());
          prepared = next.get().datasetVersion();
        }
        take(turns, plans, next.get(), log, stop);
        standing = turns.settled(stop);
      }
    }
    report(target, plans);
  }

  /** A plan that an earlier attempt of this run has put is done by now. */
  private void passOwn(ReplayPlanner plans, PlanTurns.Standing standing, PlanLog log) {
    if (plans.first().isEmpty() || standing.account().isEmpty()) {
      return;
    }
    PlanAccount account = standing.account().get();
    Plan plan = log.plan(account.plan()).orElseThrow();
    if (plan.kind() == PlanKind.REPLAY
        && plan.run().equals(run)
        && plan.again().isEmpty()
        && account.outcome() == PlanOutcome.COMMITTED) {
      plans.passed(plan);
    }
  }

  private void take(PlanTurns turns, ReplayPlanner plans, Plan plan, PlanLog log, StopSignal stop)
      throws InterruptedException {
    long began = System.nanoTime();
    Optional<PlanAccount> account = turns.take(plan);
    if (account.isEmpty()) {
      return;
    }
    if (account.get().outcome() == PlanOutcome.VOID) {
      throw new TributaryException(
          ErrorCode.PLAN_NOT_ADMITTED,
          "Plan %d, which replays %d records of dataset '%s', was made void: %s. They stand in the quarantine as before. Mend the cause, or leave these records out with --code or --step, and replay again."
              .formatted(
                  plan.plan(),
                  plan.replay().orElseThrow().records(),
                  plan.dataset(),
                  account.get().reason().orElse("no reason was given")));
    }
    plans.passed(plan);
    Duration latency = Duration.ofNanos(System.nanoTime() - began);
    metrics.committed(
        new Commit(
            account.get().counts().read(), 0, account.get().counts().quarantined(), latency));
    account.get().expectations().forEach(each -> metrics.unmet(each.name(), each.failed()));
    LOG.info(
        "Plan {} of {}: a replay of {} records: {} in {} ms",
        plan.plan(),
        log.folders().name(),
        plan.replay().orElseThrow().records(),
        account.get().counts(),
        latency.toMillis());
    // Whoever waited for the plan puts the next one.
    stop.await(request.pause());
  }

  private void report(BackfillTarget target, ReplayPlanner plans) {
    Optional<PlanAccount> account = target.log().latestAccount();
    ReplaySum sum = new ReplaySum();
    plans.first().ifPresent(first -> sum.add(target.log(), account, run, first));
    output.print(sum.done(target, request.dataset(), target.version(account), plans.expired()));
  }
}
