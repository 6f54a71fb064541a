package dev.tributary.phase2.live;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.DdlChange;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.FormerTopics;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.VersionStart;
import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.ObjectStores;
import dev.tributary.streaming.Commit;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.PipelineState;
import dev.tributary.streaming.RetryPolicy;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one dataset: plans the archive's next entries and has each plan done before the next. Where
 * it goes on is read from the plan log alone.
 */
public final class DatasetUnit implements RunUnit {
  private static final Logger LOG = LoggerFactory.getLogger(DatasetUnit.class);

  /** What is mended by somebody who brings a table back. */
  private static final Set<ErrorCode> BY_TABLE =
      EnumSet.of(ErrorCode.TABLE_RESTORED, ErrorCode.TABLE_LOST);

  private final SparkSession spark;
  private final Metastore metastore;
  private final String dataset;
  private final String run;
  private final LiveSettings settings;
  private final Predicate<DatasetSpec> carried;
  private final PipelineMetrics metrics;
  private final Clock clock;
  private final BatchPace pace;
  private final RejectedVersions rejected = new RejectedVersions();
  private final Postponed postponed = new Postponed(System::nanoTime);
  private final Evolver evolver;
  private final ActivationReports reports;
  private final TableReports tableReports;
  private final Upkeep upkeep;
  private long reported;
  private List<Object> formerOf = List.of();
  private List<String> former = List.of();
  private volatile String tried = "";
  private volatile String triedTables = "";
  private volatile Optional<DatasetSpec> latest = Optional.empty();

  /**
   * A unit that does nothing yet.
   *
   * @param run the driver's run id
   * @param upkeep what is done to the table between batches
   * @param carried whether the driver carries the dataset. It is asked before each batch, so that
   *     one that is moved to another group's driver is let go before that takes it up.
   */
  public DatasetUnit(
      SparkSession spark,
      Metastore metastore,
      String dataset,
      String run,
      LiveSettings settings,
      PipelineMetrics metrics,
      Clock clock,
      Upkeep upkeep,
      Predicate<DatasetSpec> carried) {
    this.spark = spark;
    this.metastore = metastore;
    this.dataset = dataset;
    // Datasets of one driver may share a table; each is a run of its own there.
    this.run = run + "." + dataset;
    this.settings = settings;
    this.upkeep = upkeep;
    this.carried = carried;
    this.metrics = metrics;
    this.clock = clock;
    this.pace = new BatchPace(settings.trigger(), System::nanoTime);
    this.evolver = new Evolver(metastore, this.run, System::nanoTime);
    this.reports = new ActivationReports(metastore, System::nanoTime);
    this.tableReports =
        new TableReports(
            metastore,
            () -> spark.sessionState().newHadoopConf(),
            dataset,
            run,
            settings,
            clock,
            System::nanoTime);
  }

  @Override
  public String name() {
    return dataset;
  }

  /**
   * The same while the dataset runs, since it takes up new versions by itself. One that was given
   * up comes back when a new version of it is registered, or an operator rules on its open plan; or
   * when one of its tables changes, where one was lost, or what a RESTORE took back could not be
   * made again.
   */
  @Override
  public String fingerprint() {
    if (metrics.state() != PipelineState.FAILED) {
      return "";
    }
    boolean asked = tried.isEmpty();
    String outlook = asked ? outlook() : tried;
    boolean byTable = metrics.error().filter(cause -> BY_TABLE.contains(cause.code())).isPresent();
    return byTable ? "%s, %s".formatted(outlook, asked ? tables() : triedTables) : outlook;
  }

  private String tables() {
    PlanLog log =
        PlanLog.open(current().spec().target().path(), spark.sessionState().newHadoopConf());
    return new PlanExecutor(spark, log, run, clock).tableVersions();
  }

  /** What may let a dataset go on that has failed. */
  private String outlook() {
    Versioned<DatasetSpec> current = current();
    PlanLog log =
        PlanLog.open(current.spec().target().path(), spark.sessionState().newHadoopConf());
    OptionalLong head = log.head();
    if (head.isEmpty() || log.account(head.getAsLong()).isPresent()) {
      return outlook(current.version());
    }
    return outlook(current.version(), head.getAsLong(), log.ruling(head.getAsLong()).isPresent());
  }

  private static String outlook(long version) {
    return "version %d, every plan done".formatted(version);
  }

  private static String outlook(long version, long open, boolean ruled) {
    return "version %d, plan %d %s".formatted(version, open, ruled ? "ruled on" : "not ruled on");
  }

  @Override
  public RetryPolicy retries(RetryPolicy driver) {
    return latest
        .flatMap(DatasetSpec::retries)
        .map(
            own ->
                driver.with(
                    own.attempts().map(OptionalInt::of).orElse(OptionalInt.empty()),
                    own.baseMillis().map(Duration::ofMillis),
                    own.capMillis().map(Duration::ofMillis)))
        .orElse(driver);
  }

  @Override
  public List<PipelineMetrics> pipelines() {
    return List.of(metrics);
  }

  @Override
  public void run(StopSignal stop) throws InterruptedException {
    try {
      // Taken before the attempt, so that what comes during it wakes the dataset.
      tried = outlook();
      triedTables = tables();
    } catch (RuntimeException e) {
      // It comes back when it can be found out where it stands.
      tried = "not known";
      throw e;
    }
    metrics.running();
    Versioned<DatasetSpec> current = current();
    Configuration configuration = spark.sessionState().newHadoopConf();
    PlanLog log = PlanLog.open(current.spec().target().path(), configuration);
    ConditionalWriteProbe.require(
        log.store(),
        log.folders().plans(),
        configuration.getBoolean(ObjectStores.SINGLE_DRIVER, false));
    PlanExecutor executor = new PlanExecutor(spark, log, run, clock);
    try (Heartbeat heartbeat = new Heartbeat(log, run, settings.aliveInterval(), clock)) {
      PlanTurns turns =
          PlanTurns.live(log, executor, heartbeat, dataset, run, settings.aliveTimeout());
      Work work =
          new Work(
              log,
              executor,
              turns,
              settings.trigger() instanceof TriggerSpec.AvailableNow
                  ? NextEntries.upToNow(configuration)
                  : NextEntries.unbounded(configuration),
              new VersionCheck(
                  dataset, log, executor, new TransformJars(log, metastore, configuration), clock));
      while (!stop.requested()) {
        long began = System.nanoTime();
        Progress progress = step(work, stop);
        if (progress == Progress.MORE) {
          continue;
        }
        if (progress == Progress.STOP
            || (progress == Progress.IDLE
                && settings.trigger() instanceof TriggerSpec.AvailableNow)) {
          reports.last();
          tableReports.last(stop);
          return;
        }
        Optional<Duration> looks = pace.looks(latest);
        if (looks.isPresent()) {
          Duration taken = Duration.ofNanos(System.nanoTime() - began);
          Duration rest = looks.get().minus(taken);
          // Asking an idle archive without a pause would be all that the driver does.
          Duration least = Duration.ofMillis(progress == Progress.IDLE ? 100 : 0);
          stop.await(rest.compareTo(least) < 0 ? least : rest);
        }
      }
    }
  }

  private enum Progress {
    /** Something was done, and more may wait. */
    MORE,
    /** A batch was done, and the rest waits for the next trigger. */
    DONE,
    /** There is nothing to do. */
    IDLE,
    /** Nothing more is to be done. */
    STOP
  }

  /** What one attempt works with. */
  private record Work(
      PlanLog log,
      PlanExecutor executor,
      PlanTurns turns,
      NextEntries entries,
      VersionCheck check) {}

  private Progress step(Work work, StopSignal stop) throws InterruptedException {
    reports.again();
    tableReports.now();
    if (!carried.test(current().spec())) {
      // Its new driver's plans are no rival's; this one lets go of it at its next look round.
      return Progress.IDLE;
    }
    Optional<PlanTurns.Standing> standing = work.turns().settled(stop);
    if (standing.isEmpty()) {
      return Progress.STOP;
    }
    Versioned<DatasetSpec> current = current();
    if (!carried.test(current.spec())) {
      // It was moved while somebody else's plan was waited for.
      return Progress.IDLE;
    }
    tried = outlook(current.version());
    Optional<PlanAccount> account = standing.get().account();
    tableReports.seen(account);
    long inForce = account.map(PlanAccount::inForce).orElse(Map.of()).getOrDefault(dataset, 0L);
    // A metastore that knows no such version was restored from an older backup.
    if (inForce > 0
        && reported != inForce
        && (inForce <= current.version() || cutOver(work, account.get(), inForce))) {
      // Also what a newer version waits for to take its place: a run may have died before its
      // report, or the metastore have been away.
      PlanAccount start = VersionStart.find(work.log(), dataset, inForce, account.get());
      reports.tell(active(inForce, start));
      reported = inForce;
      boolean rebuilt =
          work.log().planned(start.plan()).filter(by -> by.kind() == PlanKind.CUTOVER).isPresent();
      if (rebuilt && current.version() > inForce) {
        // Versions that were made without what it changed are rejected now.
        return Progress.MORE;
      }
    }
    if (current.spec().state() != SpecState.ACTIVE) {
      // Were it to end by itself, a driver that looks round only after it is active again would
      // take it for one that has done its work.
      return Progress.IDLE;
    }
    account.ifPresent(last -> rejectVoided(work, last, inForce));
    if (current.version() > inForce
        && !rejected.has(current)
        && postponed.due(current)
        && changed(work, standing.get(), inForce, current, stop)) {
      return Progress.MORE;
    }
    if (inForce == 0 && rejected.has(current)) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "Version %d of dataset '%s' is void, and there is none before it. Register another version."
              .formatted(current.version(), dataset));
    }
    if (inForce == 0) {
      // The first version could not be planned, since another dataset's plan came first.
      return Progress.MORE;
    }
    DatasetSpec spec = work.log().spec(dataset, inForce).orElseThrow();
    return batch(work, standing.get(), new Versioned<>(inForce, 0, spec), current.version(), stop);
  }

  /** Whether a rebuild brought a version that the metastore knows, and still takes for waiting. */
  private boolean cutOver(Work work, PlanAccount account, long inForce) {
    Optional<Versioned<DatasetSpec>> brought =
        Optional.ofNullable(account.cutovers().get(dataset))
            .flatMap(work.log()::planned)
            .filter(plan -> plan.datasetVersion() == inForce)
            .flatMap(plan -> work.log().spec(dataset, inForce))
            .map(spec -> new Versioned<>(inForce, 0, spec));
    if (brought.filter(postponed::due).isEmpty()) {
      return false;
    }
    try {
      JsonNode there = VersionCheck.document(brought.get().spec());
      if (metastore
          .dataset(dataset, inForce)
          .filter(known -> VersionCheck.document(known.spec()).equals(there))
          .isPresent()) {
        return true;
      }
    } catch (TributaryException e) {
      // Whatever it answers, the batches go on.
      LOG.debug("The metastore does not say what version {} of {} is", inForce, dataset, e);
    }
    postponed.again(brought.get());
    return false;
  }

  /** A version whose DDL an operator has made void is not planned again. */
  private void rejectVoided(Work work, PlanAccount last, long inForce) {
    if (last.outcome() == PlanOutcome.VOID
        && last.dataset().equals(dataset)
        && last.datasetVersion() > inForce
        // A rebuild tries again to cut over.
        && work.log().plan(last.plan()).orElseThrow().kind() != PlanKind.CUTOVER
        && rejected.madeVoid(last.datasetVersion())) {
      reports.tell(
          Activation.rejected(
              dataset,
              last.datasetVersion(),
              "Plan %d, which brought it, is void: %s"
                  .formatted(last.plan(), last.reason().orElse("no reason was given")),
              run));
    }
  }

  /** Whether it is another driver's by now, which may have looked at the log already. */
  private boolean letGo(StopSignal stop) {
    return stop.requested() || !carried.test(current().spec());
  }

  /**
   * Whether a plan was put, or its turn taken by somebody else's, so that all is looked at anew.
   */
  private boolean changed(
      Work work,
      PlanTurns.Standing standing,
      long inForce,
      Versioned<DatasetSpec> next,
      StopSignal stop) {
    if (work.turns().wentOver()) {
      return true;
    }
    Optional<TributaryException> refusal;
    try {
      refusal =
          work.check()
              .otherSpec(next)
              .or(() -> work.check().refusal(standing, inForce, next.spec()));
    } catch (TributaryException e) {
      boolean passing = e.code().retryable() || e.code() == ErrorCode.INTERNAL_ERROR;
      if (inForce == 0 || !passing) {
        throw e;
      }
      // What a new version needs and cannot have now is no reason to stop the one before it.
      if (postponed.again(next)) {
        LOG.warn(
            "Version {} of dataset {} cannot be checked now, version {} goes on until it can",
            next.version(),
            dataset,
            inForce,
            e);
      }
      return false;
    }
    if (refusal.isPresent()) {
      reports.tell(Activation.rejected(dataset, next.version(), refusal.get().getMessage(), run));
      if (inForce == 0) {
        throw refusal.get();
      }
      LOG.atError()
          .setCause(refusal.get().getCause())
          .log(
              "Version {} of dataset {} is rejected, version {} goes on: {}",
              next.version(),
              dataset,
              inForce,
              refusal.get().getMessage());
      rejected.add(next);
      return false;
    }
    SourceSpec source = metastore.requireSourceOf(next.spec());
    Map<String, Map<String, Long>> positions =
        new TreeMap<>(standing.account().map(PlanAccount::positions).orElse(Map.of()));
    if (inForce == 0) {
      Map<String, Long> first = work.entries().first(source, next.spec().archiveStart());
      if (!first.isEmpty()) {
        positions.put(dataset, first);
      }
    }
    if (letGo(stop)) {
      return true;
    }
    work.log().putSpec(next.version(), next.spec());
    Plan plan =
        new Plan(
            Plan.format(standing.account(), next.spec()),
            standing.next(),
            work.log().generation(),
            UUID.randomUUID().toString(),
            PlanKind.DDL,
            dataset,
            next.version(),
            run,
            clock.millis(),
            new PlanSource(source.archive().location(), List.of()),
            TransformJars.hashes(next.spec()),
            positions,
            Optional.of(new DdlChange(inForce, next.version())));
    tried = outlook(next.version(), plan.plan(), false);
    work.turns().take(plan);
    return true;
  }

  /**
   * A version in force.
   *
   * @param account of the plan that put it in force
   */
  private Activation active(long version, PlanAccount account) {
    return Activation.active(
        dataset,
        version,
        account.positions().getOrDefault(dataset, Map.of()),
        account.versions().table().orElse(0L),
        run);
  }

  private Progress batch(
      Work work,
      PlanTurns.Standing standing,
      Versioned<DatasetSpec> pinned,
      long registered,
      StopSignal stop)
      throws InterruptedException {
    long began = System.nanoTime();
    PlanAccount before = standing.account().orElseThrow();
    SourceSpec source = metastore.requireSourceOf(pinned.spec());
    NextEntries.Next next =
        work.entries()
            .after(
                source,
                former(work, source, before),
                topic -> before.position(dataset, topic),
                pinned.spec().maxRecordsPerBatch());
    if (next.ranges().isEmpty() || !next.worthwhile()) {
      pace.ends();
      metrics.caughtUp();
      return Progress.IDLE;
    }
    next.oldestMillis().ifPresent(oldest -> metrics.behind(next.waiting(), oldest));
    Duration left = pace.left(pinned.spec());
    if (!left.isZero()) {
      metrics.held(clock.instant().plus(left));
      return Progress.IDLE;
    }
    PlanSource reads = new PlanSource(source.archive().location(), next.ranges());
    if (registered == pinned.version()
        && evolver.evolved(
            pinned,
            reads,
            () -> work.executor().drift(pinned.version(), pinned.spec(), reads),
            then -> work.check().refusal(standing, pinned.version(), then))) {
      return Progress.MORE;
    }
    boolean drifts = pinned.spec().unknownFields().policy() == UnknownFields.EVOLVE;
    if (drifts ? letGo(stop) : stop.requested()) {
      return Progress.IDLE;
    }
    pace.begins();
    Plan plan =
        new Plan(
            Plan.format(standing.account(), pinned.spec()),
            standing.next(),
            work.log().generation(),
            UUID.randomUUID().toString(),
            PlanKind.LIVE,
            dataset,
            pinned.version(),
            run,
            clock.millis(),
            reads,
            TransformJars.hashes(pinned.spec()),
            positions(before, next.ranges()),
            Optional.empty());
    tried = outlook(registered, plan.plan(), false);
    Optional<PlanAccount> account = work.turns().take(plan);
    tried = outlook(registered);
    if (account.isEmpty() || account.get().outcome() == PlanOutcome.VOID) {
      return Progress.MORE;
    }
    count(next, account.get(), Duration.ofNanos(System.nanoTime() - began));
    upkeep.after(pinned.spec(), plan.plan(), stop);
    if (next.waiting() > next.records()) {
      return Progress.MORE;
    }
    pace.ends();
    metrics.caughtUp();
    return settings.trigger() instanceof TriggerSpec.AvailableNow ? Progress.MORE : Progress.DONE;
  }

  /** Versions and topics change seldom, and looking costs an object a version. */
  private List<String> former(Work work, SourceSpec source, PlanAccount before) {
    List<Object> of =
        List.of(
            source.topics(),
            before.positionsOf(dataset).keySet(),
            before.inForce().getOrDefault(dataset, 0L));
    // Another source may get a topic at any time, and its datasets read it from then on.
    if (!former.isEmpty() || !of.equals(formerOf)) {
      former =
          FormerTopics.of(
              work.log(),
              dataset,
              source,
              before,
              () -> metastore.sources().stream().map(Versioned::spec).toList());
      formerOf = of;
    }
    return former;
  }

  private Map<String, Map<String, Long>> positions(PlanAccount before, List<EntryRange> ranges) {
    Map<String, Map<String, Long>> positions = new TreeMap<>(before.positions());
    Map<String, Long> own = new TreeMap<>(positions.getOrDefault(dataset, Map.of()));
    ranges.forEach(range -> own.put(range.topic(), range.to() + 1));
    positions.put(dataset, own);
    return positions;
  }

  private void count(NextEntries.Next next, PlanAccount account, Duration latency) {
    metrics.committed(
        new Commit(account.counts().read(), next.bytes(), account.counts().quarantined(), latency));
    account.expectations().forEach(each -> metrics.unmet(each.name(), each.failed()));
    Optional.ofNullable(account.eventTimes().get(dataset))
        .map(Instant::ofEpochMilli)
        .ifPresent(metrics::eventTimeMax);
    next.segments()
        .forEach(
            (topic, segments) -> {
              for (Segment segment : segments) {
                metrics.offsets(
                    topic,
                    segment.incarnation(),
                    segment.partition(),
                    segment.first(),
                    segment.last());
              }
            });
    LOG.info(
        "Plan {} of {}: {} in {} ms",
        account.plan(),
        dataset,
        account.counts(),
        latency.toMillis());
  }

  private Versioned<DatasetSpec> current() {
    Versioned<DatasetSpec> current = metastore.requireDataset(dataset);
    latest = Optional.of(current.spec());
    return current;
  }
}
