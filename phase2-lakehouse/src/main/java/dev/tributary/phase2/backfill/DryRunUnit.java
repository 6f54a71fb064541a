package dev.tributary.phase2.backfill;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.execute.PlanRehearsal;
import dev.tributary.phase2.execute.Rehearsed;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.plan.BackfillChunk;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows what a backfill would do: everything but the commits. Each chunk meets the table as it is
 * now, so that of an upsert table a later chunk does not see what an earlier one would have
 * written.
 */
public final class DryRunUnit implements RunUnit {
  private static final Logger LOG = LoggerFactory.getLogger(DryRunUnit.class);
  private static final int MOST_FAILURES = 20;
  private static final int MOST_PARTITIONS = 100;

  private final SparkSession spark;
  private final Metastore metastore;
  private final BackfillRequest request;
  private final ReportOutput output;
  private final PipelineMetrics metrics;
  private final Clock clock;

  /**
   * A unit that does nothing yet.
   *
   * @param output where the report goes
   */
  public DryRunUnit(
      SparkSession spark,
      Metastore metastore,
      BackfillRequest request,
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
    BackfillTarget target = new BackfillTarget(metastore, request, configuration);
    PlanLog log = target.log();
    Optional<PlanAccount> account = log.latestAccount();
    target.requireAlone(account);
    BackfillTarget.Range range = target.range(account);
    DatasetSpec spec = target.spec(range.version());
    boolean rewrites =
        request.mode() == BackfillMode.REPLACE && spec.write().mode() != WriteMode.APPEND;
    if (rewrites || spec.combines()) {
      target.requireAllowed(account, range.version());
    }
    PlanRehearsal rehearsal =
        new PlanRehearsal(
            spark, log, spec, new TransformJars(log, metastore, configuration).of(spec));
    List<Chunks.Chunk> chunks = Chunks.of(range.whole(), range.chunkRecords(), configuration);
    Sum sum = new Sum();
    for (int number = 0; number < chunks.size() && !stop.requested(); number++) {
      Chunks.Chunk chunk = chunks.get(number);
      sum.add(rehearsed(rehearsal, plan(log, range, account, chunks, number)));
      LOG.info(
          "Dry run of {}: chunk {} of {}: {}",
          log.folders().table(),
          number + 1,
          chunks.size(),
          chunk.entries());
    }
    if (stop.requested()) {
      return;
    }
    output.print(
        new DryRunReport(
            request.dataset(),
            range.version(),
            request.mode(),
            log.folders().table().toString(),
            range.whole().ranges(),
            range.left(),
            chunks.size(),
            sum.counts,
            sum.replaced,
            sum.failures,
            sum.byCode,
            List.copyOf(sum.expectations.values()),
            rehearsal.schemaChanges(),
            sum.partitions.stream().limit(MOST_PARTITIONS).toList(),
            sum.refusals));
  }

  /** A chunk that could not be done is a finding, not the end. */
  private static Rehearsed rehearsed(PlanRehearsal rehearsal, Plan plan) {
    try {
      return rehearsal.rehearse(plan);
    } catch (TributaryException e) {
      if (e.code() != ErrorCode.PLAN_NOT_ADMITTED && e.code() != ErrorCode.TRANSFORM_FAILED) {
        throw e;
      }
      return new Rehearsed(
          PlanCounts.NONE,
          Replaced.NOTHING,
          List.of(),
          Map.of(),
          List.of(),
          List.of(),
          Optional.of(e.getMessage()));
    }
  }

  /** A plan that is never put; its number is that of the next one. */
  private Plan plan(
      PlanLog log,
      BackfillTarget.Range range,
      Optional<PlanAccount> account,
      List<Chunks.Chunk> chunks,
      int number) {
    return new Plan(
        account.map(PlanAccount::format).orElse(Plan.FORMAT),
        account.map(PlanAccount::plan).orElse(-1L) + 1,
        log.generation(),
        "dry-run",
        PlanKind.BACKFILL,
        request.dataset(),
        range.version(),
        "dry-run",
        clock.millis(),
        new PlanSource(
            range.whole().archive(), List.of(chunks.get(number).entries()), range.whole().within()),
        List.of(),
        Map.of(),
        Optional.empty(),
        Optional.of(
            new BackfillChunk(
                "dry-run",
                request.mode(),
                request.asked(),
                number,
                chunks.size(),
                range.chunkRecords(),
                range.whole().ranges())));
  }

  /** All chunks together. */
  private static final class Sum {
    private PlanCounts counts = PlanCounts.NONE;
    private Replaced replaced = Replaced.NOTHING;
    private final List<BadRecords.Bad> failures = new ArrayList<>();
    private final Map<String, Long> byCode = new TreeMap<>();
    private final Map<String, ExpectationCount> expectations = new LinkedHashMap<>();
    private final TreeSet<String> partitions = new TreeSet<>();
    private final List<String> refusals = new ArrayList<>();

    void add(Rehearsed chunk) {
      counts = counts.plus(chunk.counts());
      replaced = replaced.plus(chunk.replaced());
      chunk.failures().stream()
          .limit(Math.max(0, MOST_FAILURES - failures.size()))
          .forEach(failures::add);
      chunk.failuresByCode().forEach((code, count) -> byCode.merge(code, count, Long::sum));
      chunk
          .expectations()
          .forEach(
              each ->
                  expectations.merge(
                      each.name(), each, (before, more) -> before.plus(more.failed())));
      partitions.addAll(chunk.partitions());
      chunk.refusal().ifPresent(refusals::add);
    }
  }
}
