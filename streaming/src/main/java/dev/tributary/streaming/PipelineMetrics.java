package dev.tributary.streaming;

import static java.util.Objects.requireNonNull;

import dev.tributary.core.error.TributaryException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** What a pipeline has done since the driver began, and where it stands. Thread-safe. */
public final class PipelineMetrics {
  private static final Duration RATE_WINDOW = Duration.ofMinutes(1);

  /**
   * The offsets of a topic.
   *
   * @param incarnation of which they are
   * @param spans by partition
   */
  record TopicOffsets(int incarnation, Map<Integer, OffsetSpan> spans) {}

  private record Sample(Instant at, long records) {}

  private final String pipeline;
  private final String phase;
  private final Clock clock;
  private final Instant began;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private final Map<String, TopicOffsets> offsets = new TreeMap<>();
  private final Map<String, Long> unmet = new TreeMap<>();
  private PipelineState state = PipelineState.STARTING;
  private Optional<TributaryException> error = Optional.empty();
  private Totals totals = new Totals(0, 0, 0, 0, 0);
  private Optional<Instant> lastCommit = Optional.empty();
  private Duration commitLatency = Duration.ZERO;
  private long lagRecords;
  private OptionalLong oldestWaiting = OptionalLong.empty();
  private Optional<Instant> heldUntil = Optional.empty();
  private Optional<Instant> eventTimeMax = Optional.empty();
  private long looksInVain;

  private record Totals(long records, long bytes, long quarantined, long errors, long commits) {}

  /**
   * Metrics of a pipeline that has done nothing yet.
   *
   * @param pipeline the name of the source (phase 1) or the dataset (phase 2)
   * @param phase {@code phase1} or {@code phase2}
   */
  public PipelineMetrics(String pipeline, String phase, Clock clock) {
    this.pipeline = requireNonNull(pipeline, "pipeline");
    this.phase = requireNonNull(phase, "phase");
    this.clock = requireNonNull(clock, "clock");
    this.began = clock.instant();
  }

  /** The pipeline's name. */
  public String pipeline() {
    return pipeline;
  }

  /** Counts a batch that is durable. */
  public synchronized void committed(Commit commit) {
    totals =
        new Totals(
            totals.records + commit.records(),
            totals.bytes + commit.bytes(),
            totals.quarantined + commit.quarantined(),
            totals.errors,
            totals.commits + 1);
    Instant now = clock.instant();
    lastCommit = Optional.of(now);
    commitLatency = commit.latency();
    samples.addLast(new Sample(now, commit.records()));
    forgetOldSamples(now);
  }

  /** Counts the records for which an expectation did not hold; none of them makes it known. */
  public synchronized void unmet(String expectation, long records) {
    unmet.merge(expectation, records, Long::sum);
  }

  /** Says what the greatest event time is of the rows that were ever written. */
  public synchronized void eventTimeMax(Instant time) {
    eventTimeMax = Optional.of(time);
  }

  /**
   * Remembers which offsets of a partition this run has committed; {@code last} is inclusive. Of a
   * topic of which it has committed several incarnations, whose offsets mean different records,
   * those of the newest.
   */
  public synchronized void offsets(
      String topic, int incarnation, int partition, long first, long last) {
    TopicOffsets known = offsets.get(topic);
    if (known == null || known.incarnation() < incarnation) {
      known = new TopicOffsets(incarnation, new TreeMap<>());
      offsets.put(topic, known);
    }
    if (known.incarnation() == incarnation) {
      known.spans().merge(partition, new OffsetSpan(first, last), OffsetSpan::with);
    }
  }

  /**
   * Says how far behind the pipeline is.
   *
   * @param records records that wait to be committed
   * @param oldestMillis epoch milliseconds of the oldest of them; {@code lag_seconds} is its age
   */
  public synchronized void behind(long records, long oldestMillis) {
    lagRecords = records;
    oldestWaiting = OptionalLong.of(oldestMillis);
    heldUntil = Optional.empty();
  }

  /**
   * Says that what waits, as last told by {@link #behind}, does so because its spec lets it: there
   * will be a batch at {@code until} at the latest.
   */
  public synchronized void held(Instant until) {
    heldUntil = Optional.of(until);
  }

  /** Says that nothing waits: {@code lag_seconds} is 0. */
  public synchronized void caughtUp() {
    looksInVain++;
    lagRecords = 0;
    oldestWaiting = OptionalLong.empty();
    heldUntil = Optional.empty();
  }

  /** It runs; an earlier error is over. */
  public synchronized void running() {
    state = PipelineState.RUNNING;
    error = Optional.empty();
  }

  /** It runs, and something besides is wrong that a person should see. */
  public synchronized void warned(TributaryException warning) {
    error = Optional.of(warning);
  }

  /** It did all there was to do, or was asked to stop. */
  public synchronized void stopped() {
    state = PipelineState.STOPPED;
  }

  /** It failed and will be tried again. */
  public synchronized void retrying(TributaryException cause) {
    fail(PipelineState.RETRYING, cause);
  }

  /** It failed for good. */
  public synchronized void failed(TributaryException cause) {
    fail(PipelineState.FAILED, cause);
  }

  /** Where it stands. */
  public synchronized PipelineState state() {
    return state;
  }

  /** Why it is retrying or failed, or what is wrong besides. */
  public synchronized Optional<TributaryException> error() {
    return error;
  }

  /** Grows with each batch that was committed and each look that found nothing to commit. */
  synchronized long progress() {
    return totals.commits + looksInVain;
  }

  /** All of it at this moment. */
  public synchronized PipelineSnapshot snapshot() {
    Instant now = clock.instant();
    forgetOldSamples(now);
    return new PipelineSnapshot(
        pipeline,
        phase,
        now.toString(),
        totals.records,
        lagSeconds(now),
        lastCommit.map(Instant::toString),
        lagRecords,
        // A driver that does not keep to it holds nothing any more: it is late.
        heldUntil.filter(now::isBefore).map(Instant::toString),
        eventTimeMax.map(Instant::toString),
        rate(now),
        commitLatency.toMillis() / 1000.0,
        totals.errors,
        totals.quarantined,
        totals.bytes,
        totals.commits,
        state.text(),
        error.map(e -> e.code().code()),
        error.map(Throwable::getMessage),
        new TreeMap<>(unmet));
  }

  /** Copies the committed offsets by topic. */
  synchronized Map<String, TopicOffsets> offsets() {
    Map<String, TopicOffsets> copy = new TreeMap<>();
    offsets.forEach(
        (topic, known) ->
            copy.put(topic, new TopicOffsets(known.incarnation(), new TreeMap<>(known.spans()))));
    return copy;
  }

  private void fail(PipelineState next, TributaryException cause) {
    state = next;
    error = Optional.of(cause);
    totals =
        new Totals(
            totals.records, totals.bytes, totals.quarantined, totals.errors + 1, totals.commits);
  }

  private double lagSeconds(Instant now) {
    if (oldestWaiting.isEmpty()) {
      return 0;
    }
    return Math.max(0, now.toEpochMilli() - oldestWaiting.getAsLong()) / 1000.0;
  }

  private double rate(Instant now) {
    long records = samples.stream().mapToLong(Sample::records).sum();
    Duration alive = Duration.between(began, now);
    Duration over = alive.compareTo(RATE_WINDOW) < 0 ? alive : RATE_WINDOW;
    return over.toMillis() == 0 ? 0 : Math.round(records * 10_000.0 / over.toMillis()) / 10.0;
  }

  private void forgetOldSamples(Instant now) {
    while (!samples.isEmpty() && samples.peekFirst().at().isBefore(now.minus(RATE_WINDOW))) {
      samples.removeFirst();
    }
  }
}
