package dev.tributary.phase2.erase;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.execute.RecordsOfKey;
import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.PlanTurns;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.maintain.MaintenanceUnit;
import dev.tributary.phase2.plan.BackfillHistory;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.phase2.table.TableUpkeep;
import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.ObjectStores;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one erasure: finds the records, and puts plans that take them out of each table between the
 * plans of others. The last dataset's plans take them out of the archive too, so that an erasure
 * that dies before can be begun anew and finds them again.
 */
public final class EraseUnit implements RunUnit {
  private static final Logger LOG = LoggerFactory.getLogger(EraseUnit.class);

  private final SparkSession spark;
  private final Metastore metastore;
  private final EraseRequest request;
  private final String run;
  private final Duration aliveInterval;
  private final Duration aliveTimeout;
  private final ReportOutput output;
  private final PipelineMetrics metrics;
  private final Clock clock;
  private final String id = UUID.randomUUID().toString();

  /** By dataset, the least number that a plan of this run has. */
  private final Map<String, Long> first = new HashMap<>();

  /** What was found; an attempt that is begun anew goes on with it. */
  private Optional<RecordsOfKey.Found> found = Optional.empty();

  /** The version in force when it was. */
  private long foundBy;

  /** Whether all that was asked for is done. */
  private volatile boolean finished;

  private final Map<String, RecordsOfKey.Held> held = new HashMap<>();

  /** A vacuum that is tried again has no second report before it. */
  private boolean reported;

  /**
   * A unit that does nothing yet.
   *
   * @param run the driver's run id
   */
  public EraseUnit(
      SparkSession spark,
      Metastore metastore,
      EraseRequest request,
      String run,
      Duration aliveInterval,
      Duration aliveTimeout,
      ReportOutput output,
      PipelineMetrics metrics,
      Clock clock) {
    this.spark = spark;
    this.metastore = metastore;
    this.request = request;
    this.run = run;
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
    SourceSpec source =
        metastore.requireSourceOf(metastore.requireDataset(request.datasets().get(0)).spec());
    List<EraseTarget> targets = EraseTarget.of(spark, metastore, request, source);
    targets.forEach(target -> target.requireErasable(spark, request.wholeRecords()));
    for (EraseTarget target : targets) {
      if (request.reason().isPresent() && !settled(target, configuration, stop)) {
        throw stopped();
      }
    }
    if (found.isEmpty()) {
      found = Optional.of(find(targets.get(0), source, configuration));
      foundBy = targets.get(0).version();
    }
    RecordsOfKey.Found records = found.get();
    targets.get(0).requireFoundBy(foundBy);
    for (EraseTarget target : targets) {
      held.computeIfAbsent(
          target.spec().name(),
          name -> new RecordsOfKey(spark, target.log()).held(target.spec(), records.records()));
    }
    if (request.reason().isEmpty()) {
      output.print(report(source, targets, records));
      finished = true;
      return;
    }
    List<List<Erasure.Offsets>> parts = parts(records.records());
    metrics.behind(records.archived(), clock.millis());
    for (int part = 0; part < parts.size(); part++) {
      for (int i = 0; i < targets.size(); i++) {
        Erasure erasure =
            new Erasure(
                id,
                request.reason().get(),
                part,
                parts.size(),
                i == targets.size() - 1,
                parts.get(part));
        if (!erase(targets.get(i), source, erasure, configuration, stop)) {
          throw stopped();
        }
      }
    }
    metrics.caughtUp();
    if (!reported) {
      output.print(report(source, targets, records));
      reported = true;
    }
    requireStillAlone(source);
    if (request.vacuum().isPresent()) {
      vacuum(targets, request.vacuum().get(), stop);
      if (stop.requested()) {
        throw TributaryException.of(
            ErrorCode.STOP_TIMED_OUT,
            "The erasure %s is done, and was stopped before deletion vectors were purged and old files were vacuumed."
                .formatted(id),
            "Run ./tributary maintain --purge-deletion-vectors --vacuum for the dataset.");
      }
    }
    finished = true;
  }

  /** Whether all that was asked for is done. Thread-safe. */
  public boolean finished() {
    return finished;
  }

  /** Whoever asked must not take the records for erased. */
  private TributaryException stopped() {
    return TributaryException.of(
        ErrorCode.STOP_TIMED_OUT,
        "The erasure %s was stopped before its end: not all of its records are erased."
            .formatted(id),
        "Begin the same command again; it finds what is left.");
  }

  /** One that was registered meanwhile may have read the records before the archive lost them. */
  private void requireStillAlone(SourceSpec source) {
    try {
      EraseTarget.requireAlone(spark, metastore, request, source);
    } catch (TributaryException e) {
      throw new TributaryException(
          e.code(),
          "The erasure %s is done, but %s. %s"
              .formatted(
                  id,
                  e.code() == ErrorCode.NOT_SUPPORTED
                      ? "other datasets came meanwhile that may have read the records before"
                      : "whether other datasets came meanwhile could not be found out",
                  e.getMessage()),
          e);
    }
  }

  private RecordsOfKey.Found find(
      EraseTarget target, SourceSpec source, Configuration configuration) {
    List<EntryRange> ranges = new ArrayList<>();
    for (String topic : target.topics(source)) {
      Optional<ManifestEntry> head =
          ManifestLog.open(source.archive().location(), topic, configuration).head();
      long from = head.map(entry -> entry.expiredBefore().orElse(0)).orElse(0L);
      if (head.isPresent() && from <= head.get().sequence()) {
        ranges.add(new EntryRange(topic, from, head.get().sequence()));
      }
    }
    PlanSource whole = new PlanSource(source.archive().location(), ranges);
    RecordsOfKey records = new RecordsOfKey(spark, target.log());
    RecordsOfKey.Found all =
        records.with(
            find(target, whole, records), whole, GivenUp.of(target.log(), target.spec().name()));
    requireArchived(all.records(), ranges, source);
    if (request.key().isEmpty()) {
      requireThere(request.records(), source, configuration);
    }
    return all;
  }

  private RecordsOfKey.Found find(EraseTarget target, PlanSource whole, RecordsOfKey records) {
    if (request.key().isEmpty()) {
      return records.of(whole, request.records());
    }
    if (request.column().isPresent() && target.spec().write().mode().keyed()) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "Dataset '%s' has a key of its own, so that no other column (%s) says what a key is. Leave --key-column out."
              .formatted(target.spec().name(), request.column().get()));
    }
    return records.of(
        target.spec().name(), target.version(), whole, request.key().get(), request.column());
  }

  /** A plan that names records of another archive could never be done. */
  private static void requireArchived(
      List<Erasure.Offsets> records, List<EntryRange> ranges, SourceSpec source) {
    List<String> topics = ranges.stream().map(EntryRange::topic).toList();
    records.stream()
        .map(Erasure.Offsets::topic)
        .filter(topic -> !topics.contains(topic))
        .findFirst()
        .ifPresent(
            topic -> {
              throw new TributaryException(
                  ErrorCode.SETTING_INVALID,
                  "The records are of topic '%s', of which the archive of source '%s' holds none. Name records of %s."
                      .formatted(topic, source.name(), String.join(", ", topics)));
            });
  }

  /** A plan that names records of the future would take them out when they come. */
  private static void requireThere(
      List<Erasure.Offsets> records, SourceSpec source, Configuration configuration) {
    for (Erasure.Offsets each : records) {
      ManifestEntry head =
          ManifestLog.open(source.archive().location(), each.topic(), configuration).requireHead();
      long watermark = head.watermark(each.incarnation(), each.partition());
      long last = each.offsets().get(each.offsets().size() - 1);
      if (last >= watermark) {
        throw new TributaryException(
            ErrorCode.SETTING_INVALID,
            "The archive of topic '%s' has read incarnation %d, partition %d up to offset %d, and a record is of offset %d. Correct it, or wait until it is archived."
                .formatted(each.topic(), each.incarnation(), each.partition(), watermark, last));
      }
    }
  }

  /** As many records as a plan may name, each. */
  static List<List<Erasure.Offsets>> parts(List<Erasure.Offsets> records) {
    List<List<Erasure.Offsets>> parts = new ArrayList<>();
    List<Erasure.Offsets> part = new ArrayList<>();
    int size = 0;
    for (Erasure.Offsets each : records) {
      int from = 0;
      while (from < each.offsets().size()) {
        int to = Math.min(each.offsets().size(), from + Erasure.MOST_RECORDS - size);
        part.add(
            new Erasure.Offsets(
                each.topic(),
                each.incarnation(),
                each.partition(),
                each.offsets().subList(from, to)));
        size += to - from;
        from = to;
        if (size == Erasure.MOST_RECORDS) {
          parts.add(part);
          part = new ArrayList<>();
          size = 0;
        }
      }
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }

  /**
   * Sees to it that the newest plan is done before anything is looked for: it may be an erasure
   * that has rewritten the archive and died. False if a stop was asked for.
   */
  private boolean settled(EraseTarget target, Configuration configuration, StopSignal stop)
      throws InterruptedException {
    String own = own(target);
    requireConditionalWrites(target, configuration);
    PlanExecutor executor = new PlanExecutor(spark, target.log(), own, clock);
    try (Heartbeat heartbeat = new Heartbeat(target.log(), own, aliveInterval, clock)) {
      return PlanTurns.between(target.log(), executor, heartbeat, own, aliveTimeout)
          .settled(stop)
          .isPresent();
    }
  }

  private String own(EraseTarget target) {
    return run + "." + target.spec().name() + ".erase";
  }

  private static void requireConditionalWrites(EraseTarget target, Configuration configuration) {
    ConditionalWriteProbe.require(
        target.log().store(),
        target.log().folders().plans(),
        configuration.getBoolean(ObjectStores.SINGLE_DRIVER, false));
  }

  /** False if a stop was asked for. */
  private boolean erase(
      EraseTarget target,
      SourceSpec source,
      Erasure erasure,
      Configuration configuration,
      StopSignal stop)
      throws InterruptedException {
    String dataset = target.spec().name();
    String own = own(target);
    requireConditionalWrites(target, configuration);
    PlanExecutor executor = new PlanExecutor(spark, target.log(), own, clock);
    try (Heartbeat heartbeat = new Heartbeat(target.log(), own, aliveInterval, clock)) {
      PlanTurns turns = PlanTurns.between(target.log(), executor, heartbeat, own, aliveTimeout);
      while (!stop.requested()) {
        Optional<PlanTurns.Standing> standing = turns.settled(stop);
        if (standing.isEmpty()) {
          return false;
        }
        target.requireOwnTable(standing.get().account());
        target.requireInForce(standing.get().account());
        first.putIfAbsent(dataset, standing.get().next());
        boolean doneBefore =
            done(target, standing.get().account()).stream()
                .anyMatch(done -> done.plan().erasure().orElseThrow().part() == erasure.part());
        if (doneBefore) {
          return true;
        }
        Optional<PlanAccount> account =
            turns.take(plan(target, source, erasure, standing.get(), own));
        if (account.isEmpty()) {
          continue;
        }
        requireCommitted(target, account.get());
        LOG.info(
            "Plan {} of {}: part {} of {} of the erasure {}: {}",
            account.get().plan(),
            target.log().folders().name(),
            erasure.part() + 1,
            erasure.parts(),
            id,
            account.get().replaced().orElse(Replaced.NOTHING));
        return true;
      }
    }
    return false;
  }

  private Plan plan(
      EraseTarget target,
      SourceSpec source,
      Erasure erasure,
      PlanTurns.Standing standing,
      String own) {
    String dataset = target.spec().name();
    long version = EraseTarget.inForce(standing.account(), dataset);
    DatasetSpec spec = target.log().spec(dataset, version).orElseThrow();
    return new Plan(
            Plan.format(standing.account(), spec),
            standing.next(),
            target.log().generation(),
            UUID.randomUUID().toString(),
            PlanKind.ERASE,
            dataset,
            version,
            own,
            clock.millis(),
            new PlanSource(source.archive().location(), List.of()),
            TransformJars.hashes(spec),
            standing.account().map(PlanAccount::positions).orElse(Map.of()),
            Optional.empty())
        .erasing(erasure);
  }

  private static void requireCommitted(EraseTarget target, PlanAccount account) {
    if (account.outcome() == PlanOutcome.VOID) {
      throw new TributaryException(
          ErrorCode.PLAN_NOT_ADMITTED,
          "Plan %d of %s, which erases, was made void: %s. Mend the cause, and erase again: what the archive has lost to it by now is found too."
              .formatted(
                  account.plan(),
                  target.log().folders().table(),
                  account.reason().orElse("no reason was given")));
    }
  }

  /** The plans of this erasure that are done. */
  private List<BackfillHistory.Done> done(EraseTarget target, Optional<PlanAccount> account) {
    long least = first.getOrDefault(target.spec().name(), Long.MAX_VALUE);
    List<BackfillHistory.Done> own = new ArrayList<>();
    BackfillHistory history = new BackfillHistory(target.log());
    Optional<BackfillHistory.Done> done = history.newest(account);
    while (done.isPresent() && done.get().plan().plan() >= least) {
      Plan plan = done.get().plan();
      if (done.get().committed()
          && plan.dataset().equals(target.spec().name())
          && plan.erasure().filter(erasure -> erasure.id().equals(id)).isPresent()) {
        own.add(done.get());
      }
      done = history.before(done.get());
    }
    return own;
  }

  private EraseReport report(
      SourceSpec source, List<EraseTarget> targets, RecordsOfKey.Found records) {
    boolean dryRun = request.reason().isEmpty();
    List<EraseReport.Table> tables = new ArrayList<>();
    for (EraseTarget target : targets) {
      RecordsOfKey.Held before = held.get(target.spec().name());
      List<BackfillHistory.Done> done =
          dryRun ? List.of() : done(target, target.log().latestAccount());
      Replaced out =
          done.stream()
              .map(each -> each.account().replaced().orElse(Replaced.NOTHING))
              .reduce(Replaced.NOTHING, Replaced::plus);
      tables.add(
          new EraseReport.Table(
              target.spec().name(),
              target.log().folders().table().toString(),
              done.size(),
              dryRun ? before.rows() : out.rows(),
              dryRun ? before.quarantined() : out.quarantined(),
              before.tombstones(),
              done.isEmpty() ? Optional.empty() : Optional.of(until(target))));
    }
    boolean done = !dryRun && records.records().size() > 0;
    return new EraseReport(
        done ? Optional.of(id) : Optional.empty(),
        request.reason(),
        dryRun,
        records.records().stream().mapToLong(each -> each.offsets().size()).sum(),
        records.versions(),
        records.otherKeys(),
        records.guarded(),
        records.failed(),
        records.archived(),
        records.files(),
        records.entries(),
        records.through(),
        records.givenUp(),
        records.undecided(),
        tables,
        done ? next(source, targets) : List.of());
  }

  private String until(EraseTarget target) {
    return clock.instant().plus(retention(target)).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** How long a vacuum leaves what was replaced. */
  private Duration retention(EraseTarget target) {
    OptionalInt given =
        request.vacuum().map(EraseRequest.Vacuum::retainHours).orElse(OptionalInt.empty());
    if (given.isPresent()) {
      return Duration.ofHours(given.getAsInt());
    }
    long kept =
        new TableUpkeep(spark, target.log().folders().table(), 1L << 20, Optional.empty())
            .retentionHours();
    return Duration.ofHours(
        Math.max(
            Math.max(kept, MaintenanceRequest.LEAST_RETENTION),
            target.spec().maintenance().retainHours()));
  }

  /** A purge replaces files, whose retention begins only then: it comes first. */
  private List<String> next(SourceSpec source, List<EraseTarget> targets) {
    List<String> next = new ArrayList<>();
    String maintain =
        "./tributary maintain %s"
            .formatted(
                String.join(
                    " ",
                    targets.stream().map(target -> "--dataset " + target.spec().name()).toList()));
    if (request.vacuum().isEmpty()) {
      next.add(
          "%s --purge-deletion-vectors, at once: until then files have rows that deletion vectors hide; the times above count from its end"
              .formatted(maintain));
    }
    next.add(
        "%s --vacuum%s, after the times above: until then older versions of the tables have the rows"
            .formatted(maintain, request.vacuum().map(EraseUnit::retaining).orElse("")));
    next.add(
        "./tributary sweep --source %s --older-than 24h --delete, a day from now: until then the archive's replaced files are there"
            .formatted(source.name()));
    next.add(
        "Kafka's topic itself, what was sent to others, tables that a backfill --into has filled, and backups are not touched.");
    return next;
  }

  private static String retaining(EraseRequest.Vacuum how) {
    return how.retainHours().isEmpty()
        ? ""
        : " --retain-hours %d%s"
            .formatted(
                how.retainHours().getAsInt(), how.shortRetention() ? " --short-retention" : "");
  }

  private void vacuum(List<EraseTarget> targets, EraseRequest.Vacuum how, StopSignal stop)
      throws InterruptedException {
    Map<String, List<DatasetSpec>> byTable = new HashMap<>();
    for (EraseTarget target : targets) {
      byTable
          .computeIfAbsent(target.log().folders().table().toString(), table -> new ArrayList<>())
          .add(target.spec());
    }
    for (List<DatasetSpec> specs : byTable.values()) {
      MaintenanceRequest own =
          MaintenanceRequest.of(specs.stream().map(DatasetSpec::maintenance).toList());
      new MaintenanceUnit(
              spark,
              metastore,
              specs,
              new MaintenanceRequest(
                  EnumSet.of(MaintenanceRequest.Task.PURGE, MaintenanceRequest.Task.VACUUM),
                  false,
                  own.fileBytes(),
                  own.leastFiles(),
                  how.retainHours(),
                  own.datasetHours(),
                  how.shortRetention(),
                  how.planWait()),
              new MaintenanceUnit.MaintenanceRun(
                  run,
                  aliveInterval,
                  aliveTimeout,
                  new Semaphore(1),
                  done -> LOG.info("{}", done.text())),
              metrics,
              clock)
          .run(stop);
    }
  }
}
