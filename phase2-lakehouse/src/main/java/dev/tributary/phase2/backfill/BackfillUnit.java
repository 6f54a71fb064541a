package dev.tributary.phase2.backfill;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.PlanTurns;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.plan.BackfillChunk;
import dev.tributary.phase2.plan.BackfillHistory;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.ObjectStores;
import dev.tributary.streaming.Commit;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one backfill: puts a plan for each of its chunks between those of others, and has it done.
 * How far it is is read from the plan log alone, so that it goes on where it was killed, and two
 * runs of it do each chunk once.
 */
public final class BackfillUnit implements RunUnit {
  private static final Logger LOG = LoggerFactory.getLogger(BackfillUnit.class);

  private final SparkSession spark;
  private final Metastore metastore;
  private final BackfillRequest request;
  private final String run;
  private final Duration aliveInterval;
  private final Duration aliveTimeout;
  private final PipelineMetrics metrics;
  private final Clock clock;
  private Optional<String> id;
  private Optional<Outline> outline = Optional.empty();

  /** A backfill as its plans say it, with its chunks. */
  private record Outline(
      BackfillChunk definition, long version, PlanSource whole, List<Chunks.Chunk> chunks) {
    long recordsFrom(int chunk) {
      return chunks.subList(chunk, chunks.size()).stream().mapToLong(Chunks.Chunk::records).sum();
    }
  }

  /**
   * A unit that does nothing yet.
   *
   * @param run the driver's run id
   */
  public BackfillUnit(
      SparkSession spark,
      Metastore metastore,
      BackfillRequest request,
      String run,
      Duration aliveInterval,
      Duration aliveTimeout,
      PipelineMetrics metrics,
      Clock clock) {
    this.spark = spark;
    this.metastore = metastore;
    this.request = request;
    this.run = run + "." + request.dataset() + ".backfill";
    this.aliveInterval = aliveInterval;
    this.aliveTimeout = aliveTimeout;
    this.metrics = metrics;
    this.clock = clock;
    this.id = request.id();
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
    BackfillTarget target = new BackfillTarget(metastore, request, configuration);
    PlanLog log = target.log();
    ConditionalWriteProbe.require(
        log.store(),
        log.folders().plans(),
        configuration.getBoolean(ObjectStores.SINGLE_DRIVER, false));
    PlanExecutor executor = new PlanExecutor(spark, log, run, clock);
    try (Heartbeat heartbeat = new Heartbeat(log, run, aliveInterval, clock)) {
      PlanTurns turns = PlanTurns.between(log, executor, heartbeat, run, aliveTimeout);
      Work work = new Work(target, executor, turns, configuration);
      while (!stop.requested()) {
        Progress progress = step(work, stop);
        if (progress == Progress.DONE) {
          return;
        }
        if (progress == Progress.CHUNK) {
          // Whoever waited for the chunk puts the next plan.
          stop.await(request.pause());
        }
      }
    }
  }

  private enum Progress {
    /** A chunk was done. */
    CHUNK,
    /** Nothing was done, since somebody else put a plan. */
    AGAIN,
    /** Nothing is left to do, or a stop was asked for. */
    DONE
  }

  /** What one attempt works with. */
  private record Work(
      BackfillTarget target, PlanExecutor executor, PlanTurns turns, Configuration configuration) {
    PlanLog log() {
      return target.log();
    }
  }

  private Progress step(Work work, StopSignal stop) throws InterruptedException {
    Optional<PlanTurns.Standing> standing = work.turns().settled(stop);
    if (standing.isEmpty()) {
      return Progress.DONE;
    }
    Optional<PlanAccount> account = standing.get().account();
    BackfillHistory history = new BackfillHistory(work.log());
    name(history, account);
    Optional<BackfillHistory.Done> newest = history.newest(account, this::own);
    boolean over = newest.filter(done -> done.committed() && done.chunk().last()).isPresent();
    if (newest.isPresent()) {
      requireSame(newest.get());
    }
    if (newest.isPresent() && !over) {
      outline = Optional.of(outline(newest.get(), work.configuration()));
    }
    int next =
        newest
            .flatMap(
                done -> done.committed() ? newest : history.newest(account, this::ownCommitted))
            .map(done -> done.chunk().chunk() + 1)
            .orElse(0);
    if (newest.isEmpty()) {
      Optional<Plan> definition = work.target().definition(standing.get(), run, clock);
      if (definition.isPresent()) {
        begin(work, definition.get());
        work.turns().take(definition.get());
        return Progress.AGAIN;
      }
      outline = outline.or(() -> begun(work, account));
    }
    if (over || outline.isEmpty() || next >= outline.get().chunks().size()) {
      LOG.info(
          "Nothing is left to do: backfill {} of {} is done",
          id.orElseThrow(),
          work.log().folders().table());
      metrics.caughtUp();
      return Progress.DONE;
    }
    return chunk(work, standing.get(), outline.get(), next);
  }

  private boolean own(BackfillHistory.Done done) {
    return done.chunk().id().equals(id.orElseThrow())
        && done.plan().dataset().equals(request.dataset());
  }

  private boolean ownCommitted(BackfillHistory.Done done) {
    return own(done) && done.committed();
  }

  /** Without a name given, the same is done again once it was done. */
  private void name(BackfillHistory history, Optional<PlanAccount> account) {
    if (id.isPresent()) {
      return;
    }
    String first = "backfill-" + request.asked();
    Optional<BackfillHistory.Done> newest =
        history.newest(
            account,
            done ->
                done.plan().dataset().equals(request.dataset())
                    && (done.chunk().id().equals(first)
                        || done.chunk().id().startsWith(first + "-")));
    if (newest.isEmpty()) {
      id = Optional.of(first);
      return;
    }
    String last = newest.get().chunk().id();
    boolean done = newest.get().committed() && newest.get().chunk().last();
    id = Optional.of(done ? following(first, last) : last);
  }

  private static String following(String first, String last) {
    long round = last.equals(first) ? 1 : Long.parseLong(last.substring(first.length() + 1));
    return "%s-%d".formatted(first, round + 1);
  }

  private void requireSame(BackfillHistory.Done done) {
    if (!done.chunk().asked().equals(request.asked())) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The backfill '%s' of dataset '%s' was begun with another mode, range, version or table (plan %d). Give the same again, or another --id."
              .formatted(id.orElseThrow(), request.dataset(), done.plan().plan()));
    }
  }

  private Outline outline(BackfillHistory.Done done, Configuration configuration) {
    if (outline.isPresent()
        && outline.get().definition().at(0).equals(done.chunk().at(0))
        && outline.get().version() == done.plan().datasetVersion()) {
      return outline.get();
    }
    BackfillChunk definition = done.chunk();
    PlanSource whole =
        new PlanSource(
            done.plan().source().archive(), definition.ranges(), done.plan().source().within());
    List<Chunks.Chunk> chunks = Chunks.of(whole, definition.chunkRecords(), configuration);
    requireCutAlike(done, chunks);
    return new Outline(definition, done.plan().datasetVersion(), whole, chunks);
  }

  /** Earlier releases left out of a cut what retention had removed by then. */
  private void requireCutAlike(BackfillHistory.Done done, List<Chunks.Chunk> chunks) {
    boolean alike =
        chunks.size() == done.chunk().chunks()
            && begunWithin(
                chunks.get(done.chunk().chunk()).entries(), done.plan().source().ranges());
    if (!alike) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The backfill '%s' of dataset '%s' was cut into chunks by an earlier release, which this one cannot go on with: chunk %d of %d (plan %d) is none of its %d. Start it anew under another --id."
              .formatted(
                  id.orElseThrow(),
                  request.dataset(),
                  done.chunk().chunk() + 1,
                  done.chunk().chunks(),
                  done.plan().plan(),
                  chunks.size()));
    }
  }

  /** What a retention had removed of a chunk before it was planned, its plan leaves out. */
  private static boolean begunWithin(EntryRange chunk, List<EntryRange> planned) {
    return planned.size() == 1
        && planned.get(0).topic().equals(chunk.topic())
        && planned.get(0).from() >= chunk.from()
        && planned.get(0).to() == chunk.to();
  }

  private static void begin(Work work, Plan definition) {
    work.target().prepare(work.executor(), definition.datasetVersion());
  }

  /** Empty: the range holds no record. */
  private Optional<Outline> begun(Work work, Optional<PlanAccount> account) {
    BackfillTarget.Range range = work.target().range(account);
    work.target().prepare(work.executor(), range.version());
    range
        .left()
        .forEach(
            (topic, sequence) ->
                LOG.info(
                    "Entries of topic {} from {} on are above the live position and left to the"
                        + " live batches",
                    topic,
                    sequence));
    List<Chunks.Chunk> chunks =
        Chunks.of(range.whole(), range.chunkRecords(), work.configuration());
    if (chunks.isEmpty()) {
      return Optional.empty();
    }
    Outline begun =
        new Outline(
            new BackfillChunk(
                id.orElseThrow(),
                request.mode(),
                request.asked(),
                0,
                chunks.size(),
                range.chunkRecords(),
                range.whole().ranges()),
            range.version(),
            range.whole(),
            chunks);
    LOG.info(
        "Backfill {} of {}: {} of {} records in {} chunks under version {}",
        id.orElseThrow(),
        work.log().folders().table(),
        request.mode(),
        begun.recordsFrom(0),
        chunks.size(),
        range.version());
    return Optional.of(begun);
  }

  private Progress chunk(Work work, PlanTurns.Standing standing, Outline now, int number) {
    long began = System.nanoTime();
    metrics.behind(now.recordsFrom(number), clock.millis());
    work.target().requireAllowed(standing.account(), now.version());
    Chunks.Chunk chunk = now.chunks().get(number);
    EntryRange entries =
        now.definition().mode() == BackfillMode.FILL
            ? work.target().held(now.whole().archive(), chunk.entries()).orElse(chunk.entries())
            : chunk.entries();
    Plan plan =
        new Plan(
            Plan.format(standing.account(), work.target().spec(now.version())),
            standing.next(),
            work.log().generation(),
            UUID.randomUUID().toString(),
            PlanKind.BACKFILL,
            request.dataset(),
            now.version(),
            run,
            clock.millis(),
            new PlanSource(now.whole().archive(), List.of(entries), now.whole().within()),
            TransformJars.hashes(work.target().spec(now.version())),
            standing.account().map(PlanAccount::positions).orElse(Map.of()),
            Optional.empty(),
            Optional.of(now.definition().at(number)));
    if (plan.replaces()) {
      work.executor().requireReplaceable(plan.source());
    }
    Optional<PlanAccount> account = work.turns().take(plan);
    if (account.isEmpty()) {
      return Progress.AGAIN;
    }
    if (account.get().outcome() == PlanOutcome.VOID) {
      throw new TributaryException(
          ErrorCode.PLAN_NOT_ADMITTED,
          "Chunk %d of %d of backfill '%s' (plan %d) was made void: %s. Once its cause is mended, start the backfill again; it goes on with this chunk."
              .formatted(
                  number + 1,
                  now.chunks().size(),
                  id.orElseThrow(),
                  plan.plan(),
                  account.get().reason().orElse("no reason was given")));
    }
    Duration latency = Duration.ofNanos(System.nanoTime() - began);
    metrics.committed(
        new Commit(
            account.get().counts().read(),
            chunk.bytes(),
            account.get().counts().quarantined(),
            latency));
    account.get().expectations().forEach(each -> metrics.unmet(each.name(), each.failed()));
    metrics.behind(now.recordsFrom(number + 1), clock.millis());
    LOG.info(
        "Plan {} of {}: chunk {} of {} of backfill {}: {}{} in {} ms",
        plan.plan(),
        work.log().folders().name(),
        number + 1,
        now.chunks().size(),
        id.orElseThrow(),
        account.get().counts(),
        account.get().replaced().map(out -> ", for " + out).orElse(""),
        latency.toMillis());
    return Progress.CHUNK;
  }
}
