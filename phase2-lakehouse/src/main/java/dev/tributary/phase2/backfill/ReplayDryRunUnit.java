package dev.tributary.phase2.backfill;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.execute.PlanRehearsal;
import dev.tributary.phase2.execute.QuarantinedEntries;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Shows what a replay would do: everything but the commits. Each plan meets the table as it is now,
 * so that of an upsert table a later one does not see what an earlier one would have written.
 */
public final class ReplayDryRunUnit implements RunUnit {
  private final SparkSession spark;
  private final Metastore metastore;
  private final ReplayRequest request;
  private final ReportOutput output;
  private final PipelineMetrics metrics;
  private final Clock clock;

  /** A unit that does nothing yet. */
  public ReplayDryRunUnit(
      SparkSession spark,
      Metastore metastore,
      ReplayRequest request,
      ReportOutput output,
      PipelineMetrics metrics,
      Clock clock) {
    this.spark = spark;
    this.metastore = metastore;
    this.request = request;
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
  public void run(StopSignal stop) {
    metrics.running();
    Configuration configuration = spark.sessionState().newHadoopConf();
    BackfillTarget target = new BackfillTarget(metastore, request.target(), configuration);
    PlanLog log = target.log();
    Optional<PlanAccount> account = log.latestAccount();
    long version = target.version(account);
    DatasetSpec spec = target.spec(version);
    ReplayPlanner planner =
        new ReplayPlanner(
            target, request, new QuarantinedEntries(spark, log), configuration, "dry-run", clock);
    PlanRehearsal rehearsal =
        new PlanRehearsal(
            spark, log, spec, new TransformJars(log, metastore, configuration).of(spec));
    ReplaySum sum = new ReplaySum();
    long number = account.map(PlanAccount::plan).orElse(-1L) + 1;
    Optional<Plan> next = planner.next(account, number);
    while (next.isPresent() && !stop.requested()) {
      rehearse(rehearsal, next.get(), sum);
      planner.passed(next.get());
      next = planner.next(account, number);
    }
    if (!stop.requested()) {
      output.print(sum.tried(target, request.dataset(), version, planner.expired()));
    }
  }

  /** A plan that could not be done is a finding, not the end. */
  private static void rehearse(PlanRehearsal rehearsal, Plan plan, ReplaySum sum) {
    try {
      sum.add(plan, rehearsal.rehearse(plan));
    } catch (TributaryException e) {
      if (e.code() != ErrorCode.PLAN_NOT_ADMITTED && e.code() != ErrorCode.TRANSFORM_FAILED) {
        throw e;
      }
      sum.refused(plan, e.getMessage());
    }
  }
}
