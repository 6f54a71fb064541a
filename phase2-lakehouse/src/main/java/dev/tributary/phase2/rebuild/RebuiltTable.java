package dev.tributary.phase2.rebuild;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.NextEntries;
import dev.tributary.phase2.live.PlanTurns;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.plan.BackfillHistory;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.BesideVersions;
import dev.tributary.phase2.plan.Cutover;
import dev.tributary.phase2.plan.DdlChange;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.FirstEntries;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.table.TableState;
import dev.tributary.streaming.Commit;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The new table while it is filled, by plans of its own as if its version had been the first one.
 * Where it goes on is read from its plan log alone; two runs of one rebuild fill it together.
 */
final class RebuiltTable implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RebuiltTable.class);

  private static final int PLANS_BEYOND = 2;

  private final RebuildTarget target;
  private final RebuildRequest request;
  private final Metastore metastore;
  private final PlanLog log;
  private final PlanExecutor executor;
  private final Heartbeat heartbeat;
  private final PlanTurns turns;
  private final NextEntries entries;
  private final PipelineMetrics metrics;
  private final Configuration configuration;
  private final Clock clock;
  private final String run;
  private String begun = "";

  /** How a run shows that it is alive. */
  record Alive(Duration interval, Duration timeout) {}

  /** Of a target; nothing is written yet. */
  RebuiltTable(
      SparkSession spark,
      Metastore metastore,
      RebuildTarget target,
      RebuildRequest request,
      String run,
      Alive alive,
      PipelineMetrics metrics,
      Clock clock) {
    this.metastore = metastore;
    this.target = target;
    this.request = request;
    this.run = run;
    this.metrics = metrics;
    this.clock = clock;
    this.configuration = spark.sessionState().newHadoopConf();
    this.log = target.rebuilt();
    this.executor = PlanExecutor.ofRebuilt(spark, log, run, clock);
    this.heartbeat = new Heartbeat(log, run, alive.interval(), clock);
    this.turns = PlanTurns.between(log, executor, heartbeat, run, alive.timeout());
    this.entries = NextEntries.unbounded(configuration);
  }

  PlanLog log() {
    return log;
  }

  RebuildNotes notes() {
    return new RebuildNotes(log);
  }

  /** The accounts of its newest plan. */
  Optional<PlanAccount> account() {
    return log.latestAccount();
  }

  PlanCounts totals() {
    return account()
        .map(done -> done.totals().getOrDefault(target.dataset(), PlanCounts.NONE))
        .orElse(PlanCounts.NONE);
  }

  Map<String, Long> positions() {
    return account().map(done -> done.positionsOf(target.dataset())).orElse(Map.of());
  }

  /** Whether it has not yet read all that a plan of the other table has. */
  boolean behind(PlanAccount live) {
    Map<String, Long> own = positions();
    return live.positionsOf(target.dataset()).entrySet().stream()
        .anyMatch(each -> own.getOrDefault(each.getKey(), 0L) < each.getValue());
  }

  /**
   * Creates it, where that was not done.
   *
   * @param live the newest plan of the table that is there, which is done
   * @param mapped whether that maps its columns
   * @param first where the dataset began, by topic
   * @return false if a stop was asked for
   */
  boolean begin(PlanAccount live, boolean mapped, Map<String, Long> first, StopSignal stop)
      throws InterruptedException {
    RebuildNotes.Begun note =
        notes().begin(RebuildNotes.Begun.of(target.version(), live.plan(), target.spec()));
    begun = note.id();
    if (!RebuildTarget.same(note.spec(), target.spec())) {
      throw TributaryException.of(
          ErrorCode.VERSION_CONFLICT,
          "The table %s was begun for another version %d of dataset '%s' than the metastore's."
              .formatted(log.folders().table(), target.version(), target.dataset()),
          "Give it up with --abandon, and rebuild anew.");
    }
    notes().requireNotGivenUp(target.dataset(), target.version());
    // Where it was given up meanwhile, what says so may be gone by now, and the version is
    // rejected.
    target.requireMayCome(target.inForce(Optional.of(live)));
    while (!stop.requested()) {
      Optional<PlanTurns.Standing> standing = settled(stop);
      if (standing.isEmpty()) {
        return false;
      }
      if (target.inForce(standing.get().account()) > 0) {
        return true;
      }
      define(standing.get(), mapped, first);
    }
    return false;
  }

  private void define(PlanTurns.Standing standing, boolean mapped, Map<String, Long> first) {
    DatasetSpec spec = target.rebuiltSpec(mapped);
    new TransformJars(log, metastore, configuration).bring(spec);
    executor.check(Optional.empty(), spec);
    log.putSpec(target.version(), spec);
    turns.take(
        new Plan(
            Plan.format(standing.account(), spec),
            standing.next(),
            log.generation(),
            UUID.randomUUID().toString(),
            PlanKind.DDL,
            target.dataset(),
            target.version(),
            run,
            clock.millis(),
            new PlanSource(target.source().archive().location(), List.of()),
            TransformJars.hashes(spec),
            first.isEmpty() ? Map.of() : Map.of(target.dataset(), first),
            Optional.of(new DdlChange(0, target.version()))));
  }

  /**
   * Fills it up to exactly what a plan of the other table has read, so that the two can be
   * compared.
   *
   * @return false if a stop was asked for
   */
  boolean fillUpTo(PlanAccount live, StopSignal stop) throws InterruptedException {
    while (behind(live)) {
      Optional<PlanTurns.Standing> standing = settled(stop);
      if (standing.isEmpty()) {
        return false;
      }
      NextEntries.Next next = next(live);
      List<EntryRange> ranges = clipped(next.ranges(), live.positionsOf(target.dataset()));
      if (ranges.isEmpty()) {
        throw TributaryException.of(
            ErrorCode.LOG_CORRUPT,
            "The archive ends before the position of the table %s: %s."
                .formatted(target.live().folders().table(), live.positionsOf(target.dataset())),
            "Restore its _log whole, from object versions or a backup.");
      }
      take(standing.get(), next, ranges, live);
    }
    return !stop.requested();
  }

  /**
   * Fills it until it is not behind the other one, and a little beyond: the plan that is under way
   * there by then brings nothing that it has not.
   *
   * @return false if a stop was asked for
   */
  boolean fill(StopSignal stop) throws InterruptedException {
    int beyond = 0;
    while (true) {
      Optional<PlanTurns.Standing> standing = settled(stop);
      if (standing.isEmpty()) {
        return false;
      }
      PlanAccount live = target.live().latestAccount().orElseThrow();
      NextEntries.Next next = next(live);
      boolean behind = behind(live);
      if (next.ranges().isEmpty() || (!behind && (beyond == PLANS_BEYOND || !next.worthwhile()))) {
        return true;
      }
      take(standing.get(), next, next.ranges(), live);
      beyond += behind ? 0 : 1;
    }
  }

  /** How many records the archive holds that it has not read. */
  long waiting(PlanAccount live) {
    return next(live).waiting();
  }

  private Optional<PlanTurns.Standing> settled(StopSignal stop) throws InterruptedException {
    while (!stop.requested()) {
      try {
        return turns.settled(stop);
      } catch (TributaryException e) {
        accept(e);
      }
    }
    return Optional.empty();
  }

  /** Lifts the limits for the plan that met them, where that is asked for. */
  private void accept(TributaryException refused) {
    OptionalLong head = log.head();
    boolean accepts =
        refused.code() == ErrorCode.PLAN_NOT_ADMITTED
            && request.accepted().contains(RebuildRequest.Accepted.LIMITS)
            && head.isPresent()
            && log.account(head.getAsLong()).isEmpty()
            && log.ruling(head.getAsLong()).isEmpty();
    if (!accepts) {
      throw refused.code() == ErrorCode.PLAN_NOT_ADMITTED ? ofTheNewTable(refused) : refused;
    }
    new PlanRulings(log, clock).accept(head.getAsLong(), run, "--accept limits");
  }

  /** Rulings go to the plans of the table that is there. */
  private TributaryException ofTheNewTable(TributaryException refused) {
    return TributaryException.of(
        refused.code(),
        "%s That plan is of the new table %s, of which nothing is in use."
            .formatted(refused.getMessage(), log.folders().table()),
        "Here it is accepted by rebuilding again with --accept limits; where the version is to blame, give the rebuild up with --abandon, and register a better one.",
        refused);
  }

  private NextEntries.Next next(PlanAccount live) {
    Map<String, Long> own = positions();
    return entries.after(
        target.source(),
        target.former(live),
        topic -> own.getOrDefault(topic, 0L),
        request.chunkRecords().orElse(target.spec().maxRecordsPerBatch()));
  }

  private static List<EntryRange> clipped(List<EntryRange> ranges, Map<String, Long> positions) {
    List<EntryRange> clipped = new ArrayList<>();
    for (EntryRange range : ranges) {
      long last = Math.min(range.to(), positions.getOrDefault(range.topic(), 0L) - 1);
      if (last >= range.from()) {
        clipped.add(new EntryRange(range.topic(), range.from(), last));
      }
    }
    return clipped;
  }

  private void take(
      PlanTurns.Standing standing,
      NextEntries.Next next,
      List<EntryRange> ranges,
      PlanAccount live) {
    long began = System.nanoTime();
    PlanAccount before = standing.account().orElseThrow();
    ranges.forEach(range -> requireNoGap(range, before, live));
    next.oldestMillis().ifPresent(oldest -> metrics.behind(next.waiting(), oldest));
    Map<String, Map<String, Long>> positions = new TreeMap<>(before.positions());
    Map<String, Long> own = new TreeMap<>(before.positionsOf(target.dataset()));
    ranges.forEach(range -> own.put(range.topic(), range.to() + 1));
    positions.put(target.dataset(), own);
    Plan plan =
        new Plan(
            format(standing),
            standing.next(),
            log.generation(),
            UUID.randomUUID().toString(),
            PlanKind.LIVE,
            target.dataset(),
            target.version(),
            run,
            clock.millis(),
            new PlanSource(target.source().archive().location(), ranges),
            TransformJars.hashes(target.spec()),
            positions,
            Optional.empty());
    Optional<PlanAccount> account;
    try {
      account = turns.take(plan);
    } catch (TributaryException e) {
      accept(e);
      return;
    }
    if (account.isEmpty() || account.get().outcome() == PlanOutcome.VOID) {
      return;
    }
    Duration latency = Duration.ofNanos(System.nanoTime() - began);
    metrics.committed(
        new Commit(
            account.get().counts().read(),
            next.bytes(),
            account.get().counts().quarantined(),
            latency));
    LOG.info(
        "Plan {} of {}: {} in {} ms",
        plan.plan(),
        log.folders().table(),
        account.get().counts(),
        latency.toMillis());
  }

  private int format(PlanTurns.Standing standing) {
    return Plan.format(standing.account(), target.rebuiltSpec(false));
  }

  /** A retention may come while the table is filled. */
  private void requireNoGap(EntryRange range, PlanAccount before, PlanAccount live) {
    long position = before.position(target.dataset(), range.topic());
    long first =
        Math.max(position, FirstEntries.of(target.live(), target.dataset(), range.topic(), live));
    boolean reads = live.position(target.dataset(), range.topic()) > 0;
    if (reads && range.from() > first) {
      throw target.expired(range.topic(), first, range.from());
    }
  }

  /**
   * Refuses a table whose files know their columns by other names than the one that is there does.
   *
   * @param live of the plans of the one that is there
   * @throws TributaryException CHANGE_REFUSED
   */
  void requireNamesOf(PlanExecutor live) {
    boolean there = executor.state(log.folders().table()).isPresent();
    if (there && executor.mapsColumns() != live.mapsColumns()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "Columns of the table of dataset '%s' were renamed or dropped since the new one was begun, whose files know them by other names."
              .formatted(target.dataset()),
          "Give the rebuild up with --to-version %d --abandon, register the change anew, and rebuild."
              .formatted(target.version()));
    }
  }

  /**
   * A plan takes what it finds of its entries, so that a retention that came while it was done is
   * seen by the numbers alone.
   *
   * @throws TributaryException CHANGE_REFUSED if the entries up to its positions held more records
   *     than it has read, those aside that were erased
   */
  void requireAllRead() {
    PlanAccount own = account().orElseThrow();
    long held = 0;
    long erased = 0;
    for (Map.Entry<String, Long> first : first(own).entrySet()) {
      ManifestLog archive =
          ManifestLog.open(target.source().archive().location(), first.getKey(), configuration);
      held +=
          recordsBelow(archive, own.position(target.dataset(), first.getKey()))
              - recordsBelow(archive, first.getValue());
      erased += archive.head().map(head -> head.erased().orElse(0)).orElse(0L);
    }
    long read = totals().read();
    if (held - read > erased) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The new table %s has read %d records of entries that held %d: retention has removed some of them while it was filled."
              .formatted(log.folders().table(), read, held),
          "Give the rebuild up with --abandon, and make another dataset, which begins with what is left.");
    }
  }

  private static long recordsBelow(ManifestLog archive, long sequence) {
    return sequence == 0
        ? 0
        : archive.entry(sequence - 1).map(entry -> entry.totals().records()).orElse(0L);
  }

  /**
   * Takes out what erasures have taken out of the other table since this one was begun.
   *
   * @return false if a stop was asked for
   */
  boolean erase(PlanAccount live, StopSignal stop) throws InterruptedException {
    for (Erasure erasure : toErase(live)) {
      if (!erase(erasure, stop)) {
        return false;
      }
    }
    return true;
  }

  /** Whether there are such erasures. */
  boolean mustErase(PlanAccount live) {
    return !toErase(live).isEmpty();
  }

  private List<Erasure> toErase(PlanAccount live) {
    long since = notes().begun().orElseThrow().livePlan();
    List<Erasure> erasures = erasures(target.live(), Optional.of(live), since);
    if (erasures.isEmpty()) {
      return erasures;
    }
    Set<String> done = new HashSet<>();
    erasures(log, account(), -1).forEach(each -> done.add(named(each)));
    return erasures.stream().filter(each -> !done.contains(named(each))).toList();
  }

  private static String named(Erasure erasure) {
    return erasure.id() + " " + erasure.part();
  }

  private List<Erasure> erasures(PlanLog of, Optional<PlanAccount> asOf, long since) {
    List<Erasure> erasures = new ArrayList<>();
    BackfillHistory history = new BackfillHistory(of);
    Optional<BackfillHistory.Done> done = history.newest(asOf);
    while (done.isPresent() && done.get().plan().plan() > since) {
      if (done.get().plan().kind() == PlanKind.ERASE && done.get().committed()) {
        erasures.add(0, done.get().plan().erasure().orElseThrow());
      }
      done = history.before(done.get());
    }
    return erasures;
  }

  private boolean erase(Erasure erasure, StopSignal stop) throws InterruptedException {
    if (target.spec().combines()) {
      throw TributaryException.of(
          ErrorCode.NOT_SUPPORTED,
          "Records were erased (%s) while the table of dataset '%s' was rebuilt, and a step of version %d makes one row of several records, so that none can be taken out of the new table."
              .formatted(erasure.id(), target.dataset(), target.version()),
          "Give the rebuild up with --abandon, register the change anew, and rebuild.");
    }
    while (!stop.requested()) {
      Optional<PlanTurns.Standing> standing = settled(stop);
      if (standing.isEmpty()) {
        return false;
      }
      boolean done =
          erasures(log, standing.get().account(), -1).stream()
              .anyMatch(each -> named(each).equals(named(erasure)));
      if (done) {
        return true;
      }
      Optional<PlanAccount> account =
          turns.take(
              new Plan(
                      format(standing.get()),
                      standing.get().next(),
                      log.generation(),
                      UUID.randomUUID().toString(),
                      PlanKind.ERASE,
                      target.dataset(),
                      target.version(),
                      run,
                      clock.millis(),
                      new PlanSource(target.source().archive().location(), List.of()),
                      TransformJars.hashes(target.spec()),
                      standing.get().account().map(PlanAccount::positions).orElse(Map.of()),
                      Optional.empty())
                  .erasing(
                      new Erasure(
                          erasure.id(),
                          erasure.reason(),
                          erasure.part(),
                          erasure.parts(),
                          false,
                          erasure.records())));
      if (account.filter(each -> each.outcome() == PlanOutcome.VOID).isPresent()) {
        throw TributaryException.of(
            ErrorCode.PLAN_NOT_ADMITTED,
            "Plan %d of %s, which erases, was made void: %s."
                .formatted(
                    account.get().plan(),
                    log.folders().table(),
                    account.get().reason().orElse("no reason was given")),
            "Mend the cause, and rebuild again.");
      }
    }
    return false;
  }

  /**
   * What a plan that cuts over says of it.
   *
   * @param fromVersion the version that the table that is there stands under
   * @param comparedWith the plan of that table as of which both were compared
   */
  Cutover cutover(PlanAccount account, long fromVersion, long comparedWith) {
    if (!account.unbalanced().isEmpty()) {
      throw TributaryException.of(
          ErrorCode.UNACCOUNTED,
          "The counts of the plans %s of %s do not add up to what they read."
              .formatted(account.unbalanced(), log.folders().table()),
          "Keep the table and the archive as they are, and report this.");
    }
    BesideVersions least = account.beside().orElse(BesideVersions.NONE);
    return new Cutover(
        fromVersion,
        log.folders().table().toString(),
        begun,
        account.plan(),
        account.versions().table().orElseThrow(),
        version(log.folders().quarantine(), least.quarantine()),
        version(log.folders().tombstones(), least.tombstones()),
        version(log.folders().late(target.dataset()), least.lateOf(target.dataset())),
        account.totals().getOrDefault(target.dataset(), PlanCounts.NONE),
        again(account),
        Optional.ofNullable(account.eventTimes().get(target.dataset())),
        first(account),
        comparedWith);
  }

  /** By topic the first entry that it has read. */
  Map<String, Long> first(PlanAccount account) {
    Map<String, Long> first = new TreeMap<>();
    account
        .positionsOf(target.dataset())
        .forEach(
            (topic, position) ->
                first.put(topic, FirstEntries.of(log, target.dataset(), topic, account)));
    return first;
  }

  BackfillTotals again(PlanAccount account) {
    return account.backfilled().map(all -> all.of(target.dataset())).orElse(BackfillTotals.NONE);
  }

  /** What lies beside the new table is not taken for what never was. */
  private Optional<Long> version(Path beside, Optional<Long> least) {
    Optional<Long> version = executor.state(beside).map(TableState::version);
    if (least.isPresent() && version.orElse(-1L) < least.get()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The table %s beside the new table had come to version %d, and %s."
              .formatted(
                  beside,
                  least.get(),
                  version.map(there -> "ends with version " + there).orElse("is gone")),
          "Give the rebuild up with --abandon, register the change anew, and rebuild.");
    }
    return version;
  }

  @Override
  public void close() {
    heartbeat.close();
  }
}
