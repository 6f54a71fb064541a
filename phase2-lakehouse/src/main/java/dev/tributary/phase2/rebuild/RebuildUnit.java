package dev.tributary.phase2.rebuild;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.phase2.execute.Comparison;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.execute.TableComparison;
import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.PlanTurns;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.FirstPositions;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.VersionStart;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.phase2.table.TableState;
import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.FaultPoint;
import dev.tributary.storage.ObjectStores;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one rebuild: fills a new table beside the one that is there, compares the two, and puts a
 * plan that cuts over between the plans of others. How far it is stands beside the new table's
 * plans, so that it goes on where it was killed.
 */
public final class RebuildUnit implements RunUnit {
  private static final Logger LOG = LoggerFactory.getLogger(RebuildUnit.class);

  /** How often it is looked whether somebody else's plan is done whose turn comes next. */
  private static final Duration LOOK = Duration.ofMillis(50);

  private static final Duration QUICK = Duration.ofSeconds(30);

  private final SparkSession spark;
  private final Metastore metastore;
  private final RebuildRequest request;
  private final String run;
  private final Duration aliveInterval;
  private final Duration aliveTimeout;
  private final ReportOutput output;
  private final PipelineMetrics metrics;
  private final Clock clock;

  /**
   * A unit that does nothing yet.
   *
   * @param run the driver's run id
   */
  public RebuildUnit(
      SparkSession spark,
      Metastore metastore,
      RebuildRequest request,
      String run,
      Duration aliveInterval,
      Duration aliveTimeout,
      ReportOutput output,
      PipelineMetrics metrics,
      Clock clock) {
    this.spark = spark;
    this.metastore = metastore;
    this.request = request;
    this.run = run + "." + request.dataset() + ".rebuild";
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

  /** What one attempt works with. */
  private record Work(
      RebuildTarget target,
      PlanExecutor executor,
      PlanTurns turns,
      RebuildRemains remains,
      Configuration configuration) {
    PlanLog live() {
      return target.live();
    }
  }

  @Override
  public void run(StopSignal stop) throws InterruptedException {
    metrics.running();
    Configuration configuration = spark.sessionState().newHadoopConf();
    RebuildTarget target = new RebuildTarget(metastore, request, configuration);
    PlanLog live = target.live();
    PlanExecutor executor = new PlanExecutor(spark, live, run, clock);
    if (request.action() == RebuildRequest.Action.SHOW) {
      show(target, executor);
      return;
    }
    ConditionalWriteProbe.require(
        live.store(),
        live.folders().plans(),
        configuration.getBoolean(ObjectStores.SINGLE_DRIVER, false));
    try (Heartbeat heartbeat = new Heartbeat(live, run, aliveInterval, clock)) {
      Work work =
          new Work(
              target,
              executor,
              PlanTurns.between(live, executor, heartbeat, run, aliveTimeout),
              new RebuildRemains(target.dataset(), executor, configuration),
              configuration);
      if (request.action() == RebuildRequest.Action.ABANDON) {
        new Abandonment(metastore, target, work.turns(), work.remains(), output, run)
            .of(clock.millis(), stop);
        return;
      }
      Optional<PlanTurns.Standing> standing = work.turns().settled(stop);
      if (standing.isEmpty()) {
        return;
      }
      reportOther(target, standing.get().account());
      if (clearedOnly(work, standing.get().account())) {
        return;
      }
      if (target.cutOver(standing.get().account())) {
        finish(work, Optional.empty());
        return;
      }
      requireAllowed(target, executor, standing.get().account());
      rebuild(work, standing.get().account().orElseThrow(), stop);
    }
  }

  private static void requireAllowed(
      RebuildTarget target, PlanExecutor executor, Optional<PlanAccount> account) {
    target.requireAllowed(account);
    requireReplaceable(target, executor);
  }

  private static void requireReplaceable(RebuildTarget target, PlanExecutor executor) {
    executor
        .state(target.live().folders().table())
        .ifPresent(table -> target.requireReplaceable(table, executor.mapsColumns()));
  }

  /**
   * A run that died before its report has left a version in force that the metastore takes for one
   * that waits, so that others are made without what it changed. With the report they are rejected.
   */
  private void reportOther(RebuildTarget target, Optional<PlanAccount> account) {
    long inForce = target.inForce(account);
    if (target.named() && target.version() != inForce && target.waits(inForce)) {
      report(target, inForce, account.orElseThrow());
    }
  }

  /** The accounts of the plan that put a version in force, which is reported. */
  private PlanAccount report(RebuildTarget target, long version, PlanAccount account) {
    PlanAccount start = VersionStart.find(target.live(), target.dataset(), version, account);
    metastore.reportActivation(
        Activation.active(
            target.dataset(),
            version,
            start.positionsOf(target.dataset()),
            start.versions().table().orElse(0L),
            run));
    return start;
  }

  /**
   * A run that died after its report has left the new table's plans behind: they are removed, and
   * where no version waits that was all that was left to do.
   */
  private boolean clearedOnly(Work work, Optional<PlanAccount> account) {
    RebuildTarget target = work.target();
    Optional<Path> left =
        account
            .map(done -> done.cutovers().get(target.dataset()))
            .flatMap(plan -> work.live().planned(plan))
            // What is not reported yet is cleared after that.
            .filter(plan -> !target.named() || plan.datasetVersion() != target.version())
            .map(plan -> target.folders().rebuilt(plan.datasetVersion()))
            .filter(
                rebuilt ->
                    target.folders().underWay(work.configuration()).stream()
                        .anyMatch(each -> each.getName().equals(rebuilt.getName())));
    left.ifPresent(
        rebuilt -> {
          work.remains().clear(rebuilt);
          LOG.info("What a rebuild had left behind of {} is removed", rebuilt);
        });
    return left.isPresent() && !target.named();
  }

  private void rebuild(Work work, PlanAccount live, StopSignal stop) throws InterruptedException {
    RebuildTarget target = work.target();
    try (RebuiltTable rebuilt = rebuilt(target)) {
      Map<String, Long> first = FirstPositions.of(work.live(), target.inForceSpec(live));
      if (!rebuilt.begin(live, work.executor().mapsColumns(), first, stop)) {
        return;
      }
      FaultPoint.reach("rebuild.begun");
      rebuilt.requireNamesOf(work.executor());
      Optional<Comparison> compared = compared(work, rebuilt, stop);
      if (compared.isEmpty()) {
        return;
      }
      FaultPoint.reach("rebuild.compared");
      boolean done = false;
      while (!done) {
        if (stop.requested()) {
          return;
        }
        done = cutOver(work, rebuilt, compared.get(), stop);
      }
      finish(work, compared);
    }
  }

  private RebuiltTable rebuilt(RebuildTarget target) {
    return new RebuiltTable(
        spark,
        metastore,
        target,
        request,
        run,
        new RebuiltTable.Alive(aliveInterval, aliveTimeout),
        metrics,
        clock);
  }

  /** Fills the new table up to a plan of the other one, and compares both as of it, once. */
  private Optional<Comparison> compared(Work work, RebuiltTable rebuilt, StopSignal stop)
      throws InterruptedException {
    Optional<Comparison> known = rebuilt.notes().compared();
    if (known.isPresent()) {
      return known;
    }
    PlanAccount live = work.live().latestAccount().orElseThrow();
    while (ahead(work.target(), rebuilt, live)) {
      // An earlier run of this rebuild went on before what it had found was kept.
      if (stop.await(LOOK)) {
        return Optional.empty();
      }
      live = work.live().latestAccount().orElseThrow();
    }
    if (!rebuilt.fillUpTo(live, stop) || !rebuilt.erase(live, stop)) {
      return Optional.empty();
    }
    FaultPoint.reach("rebuild.filled");
    rebuilt.requireAllRead();
    Comparison found = compare(work, rebuilt, live);
    if (found.unexplained() > 0 && rebuilt.mustErase(work.live().latestAccount().orElseThrow())) {
      // Records left the archive before the new table had read them, and the old one meanwhile.
      return compared(work, rebuilt, stop);
    }
    LOG.info("{}", RebuildReport.words(found));
    requireExplained(work.target(), rebuilt, found);
    rebuilt.notes().compared(found);
    return Optional.of(found);
  }

  private static boolean ahead(RebuildTarget target, RebuiltTable rebuilt, PlanAccount live) {
    return rebuilt.positions().entrySet().stream()
        .anyMatch(each -> each.getValue() > live.position(target.dataset(), each.getKey()));
  }

  private Comparison compare(Work work, RebuiltTable rebuilt, PlanAccount live) {
    RebuildTarget target = work.target();
    PlanAccount own = rebuilt.account().orElseThrow();
    Map<String, TableComparison.Span> read = new HashMap<>();
    rebuilt
        .first(own)
        .forEach(
            (topic, first) ->
                read.put(
                    topic, new TableComparison.Span(first, own.position(target.dataset(), topic))));
    DatasetSpec spec = rebuilt.log().spec(target.dataset(), target.version()).orElseThrow();
    return new TableComparison(
            spark,
            new TableComparison.Side(
                target.live().folders(), newest(work, live), live.plan(), target.inForceSpec(live)),
            new TableComparison.Side(
                rebuilt.log().folders(), own.versions().table().orElseThrow(), own.plan(), spec))
        .compare(read, rebuilt.totals());
  }

  /** With what others have written since the plan, as long as no other plan is put. */
  private static long newest(Work work, PlanAccount live) {
    long version = work.executor().state(work.live().folders().table()).orElseThrow().version();
    return work.live().head().getAsLong() == live.plan()
        ? version
        : live.versions().table().orElseThrow();
  }

  /** Refuses a new table that is not what its accounts say, or lacks what nothing explains. */
  private void requireExplained(RebuildTarget target, RebuiltTable rebuilt, Comparison found) {
    PlanAccount own = rebuilt.account().orElseThrow();
    long expected = rows(target.spec(), rebuilt.totals(), rebuilt.again(own));
    if (found.rebuiltRows() != expected) {
      throw TributaryException.of(
          ErrorCode.UNACCOUNTED,
          "The new table %s holds %d rows, and its plans account for %d."
              .formatted(rebuilt.log().folders().table(), found.rebuiltRows(), expected),
          "Keep the table and the archive as they are, and report this.");
    }
    boolean explained =
        found.setAside() == 0
            && found.foreign() == 0
            && found.unexplained() == 0
            && found.columnsGone().isEmpty();
    if (!explained && !request.accepted().contains(RebuildRequest.Accepted.DIFFERENCES)) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The new table of dataset '%s' lacks what has a row in the one that is there, and the change does not explain it: %d records would stand in quarantine, %d rows come from no entry that it has read, %d records are missing without a reason, the columns %s would be gone. %s"
              .formatted(
                  target.dataset(),
                  found.setAside(),
                  found.foreign(),
                  found.unexplained(),
                  found.columnsGone(),
                  RebuildReport.words(found)),
          "Look at the new table (%s), and rebuild again with --accept differences to take it as it is, or give it up with --abandon."
              .formatted(rebuilt.log().folders().table()));
    }
  }

  /** How many rows a table has that was filled from its beginning. */
  private static long rows(DatasetSpec spec, PlanCounts totals, BackfillTotals again) {
    long inserted = totals.inserted() - again.replaced().rows();
    boolean soft = spec.write().deletes() == Deletes.SOFT;
    return switch (spec.write().mode()) {
      case APPEND -> inserted;
      case UPSERT -> soft ? inserted : inserted - totals.deleted();
      case HISTORY -> soft ? inserted + totals.deleted() + totals.unmatched() : inserted;
    };
  }

  /** Whether the table was cut over. */
  private boolean cutOver(Work work, RebuiltTable rebuilt, Comparison compared, StopSignal stop)
      throws InterruptedException {
    RebuildTarget target = work.target();
    if (target.cutOver(work.live().latestAccount())) {
      return true;
    }
    if (!rebuilt.fill(stop)) {
      return false;
    }
    PlanAccount seen = work.live().latestAccount().orElseThrow();
    if (rebuilt.behind(seen) || !rebuilt.erase(seen, stop)) {
      return false;
    }
    rebuilt.requireAllRead();
    rebuilt.requireNamesOf(work.executor());
    requireReplaceable(target, work.executor());
    DatasetSpec spec = target.spec();
    new TransformJars(work.live(), metastore, work.configuration()).bring(spec);
    Optional<PlanTurns.Standing> standing = turn(work, stop);
    if (standing.isEmpty()) {
      return false;
    }
    PlanAccount account = standing.get().account().orElseThrow();
    if (target.cutOver(Optional.of(account))) {
      return true;
    }
    long inForce = target.inForce(Optional.of(account));
    reportOther(target, Optional.of(account));
    target.requireAlone(account);
    target.requireMayCome(inForce);
    rebuilt.notes().requireNotGivenUp(target.dataset(), target.version());
    if (rebuilt.behind(account) || rebuilt.mustErase(account)) {
      return false;
    }
    putSpec(work, spec);
    PlanAccount own = rebuilt.account().orElseThrow();
    Map<String, Map<String, Long>> positions = new TreeMap<>(account.positions());
    positions.put(target.dataset(), own.positionsOf(target.dataset()));
    Plan plan =
        new Plan(
                Plan.format(Optional.of(account), spec),
                standing.get().next(),
                work.live().generation(),
                UUID.randomUUID().toString(),
                PlanKind.CUTOVER,
                target.dataset(),
                target.version(),
                run,
                clock.millis(),
                new PlanSource(target.source().archive().location(), List.of()),
                TransformJars.hashes(spec),
                positions,
                Optional.empty())
            .cuttingOver(rebuilt.cutover(own, inForce, compared.plan()));
    Optional<PlanAccount> done = work.turns().take(plan);
    if (done.filter(each -> each.outcome() == PlanOutcome.VOID).isPresent()) {
      throw TributaryException.of(
          ErrorCode.PLAN_NOT_ADMITTED,
          "Plan %d of %s, which cuts over, was made void: %s. The table is as it was."
              .formatted(
                  plan.plan(),
                  work.live().folders().table(),
                  done.get().reason().orElse("no reason was given")),
          "Mend the cause, and rebuild again; the new table is kept.");
    }
    return done.isPresent();
  }

  /** Plans go by the spec that stands beside them, which nobody can replace. */
  private static void putSpec(Work work, DatasetSpec spec) {
    long version = work.target().version();
    work.live().putSpec(version, spec);
    if (!RebuildTarget.same(work.live().spec(spec.name(), version).orElseThrow(), spec)) {
      throw TributaryException.of(
          ErrorCode.VERSION_CONFLICT,
          "Version %d of dataset '%s' stands beside the plans of %s as another spec than the metastore's."
              .formatted(version, spec.name(), work.live().folders().table()),
          "Run ./tributary recover, register the change anew, and rebuild.");
    }
  }

  /**
   * Sees to it that the newest plan is done, and is there as soon as it is: a driver that is busy
   * puts the next one at once.
   */
  private Optional<PlanTurns.Standing> turn(Work work, StopSignal stop)
      throws InterruptedException {
    long until = System.nanoTime() + QUICK.toNanos();
    OptionalLong head = work.live().head();
    while (head.isPresent()
        && work.live().account(head.getAsLong()).isEmpty()
        && System.nanoTime() < until
        && !stop.await(LOOK)) {
      head = work.live().head();
    }
    return work.turns().settled(stop);
  }

  /** Comes after the cut-over, also of a run that goes on where another one died. */
  private void finish(Work work, Optional<Comparison> compared) {
    RebuildTarget target = work.target();
    PlanAccount account = work.live().latestAccount().orElseThrow();
    PlanAccount start = report(target, target.version(), account);
    Plan plan = work.live().planned(start.plan()).orElseThrow();
    FaultPoint.reach("rebuild.reported");
    work.remains().clear(target.folders().rebuilt(target.version()));
    metrics.caughtUp();
    output.print(
        new RebuildReport(
            target.dataset(),
            work.live().folders().table().toString(),
            plan.cutover().map(to -> to.fromVersion()).orElse(0L),
            target.version(),
            RebuildReport.Outcome.CUT_OVER,
            Optional.of(plan.plan()),
            plan.cutover().map(to -> to.totals().read()).orElse(0L),
            0,
            start.positionsOf(target.dataset()),
            compared,
            List.of(
                "./tributary reconcile %s --deep".formatted(target.dataset()),
                "./tributary maintain --dataset %s --vacuum, later: until then older versions of the table have the files that it had"
                    .formatted(target.dataset()))));
  }

  private void show(RebuildTarget target, PlanExecutor executor) {
    Optional<PlanAccount> account = target.live().latestAccount();
    requireAllowed(target, executor, account);
    Optional<TableState> there = executor.state(target.folders().rebuilt(target.version()));
    try (RebuiltTable rebuilt = rebuilt(target)) {
      output.print(
          new RebuildReport(
              target.dataset(),
              target.live().folders().table().toString(),
              target.inForce(account),
              target.version(),
              RebuildReport.Outcome.DRY_RUN,
              Optional.empty(),
              rebuilt.totals().read(),
              rebuilt.waiting(account.orElseThrow()),
              rebuilt.positions(),
              rebuilt.notes().compared(),
              List.of(
                  "./tributary rebuild --dataset %s: %s %s, compares, and cuts over"
                      .formatted(
                          target.dataset(),
                          there.isPresent() ? "goes on with" : "begins",
                          rebuilt.log().folders().table()),
                  "./tributary backfill --dataset %s --mode fill --version %d --into URI --dry-run: what would become of the records"
                      .formatted(target.dataset(), target.version()))));
    }
  }
}
