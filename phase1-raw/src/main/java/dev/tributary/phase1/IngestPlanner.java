package dev.tributary.phase1;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.TopicFailure;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.streaming.Failures;
import dev.tributary.streaming.RetryPolicy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans the batches of a query that several topics share: from where their archives end to what
 * Kafka holds, within each source's bounds. A topic that fails is left out of the plans, is tried
 * again after a while or is given up; the others go on. Thread-safe.
 *
 * <p>Where a batch of several topics failed and nobody can say which of them is to blame, the next
 * batches hold one topic each until the culprit is found.
 */
final class IngestPlanner {
  private static final Logger LOG = LoggerFactory.getLogger(IngestPlanner.class);
  private static final Duration IDLE_GAP = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(100);
  private static final Duration ANSWER_GAP = Duration.ofSeconds(1);

  private final Map<String, TopicIngest> topics = new TreeMap<>();
  private final KafkaCluster cluster;
  private final TopicInspection inspection;
  private final TaskCutter cutter;
  private final IngestMetrics metrics;
  private final RetryPolicy retry;
  private final Clock clock;
  private final Clock pace;
  private final RandomGenerator random = RandomGenerator.getDefault();
  private final Set<String> suspects = new TreeSet<>();
  private final Set<String> unanswered = new HashSet<>();
  private final Map<String, Instant> waitingSince = new HashMap<>();
  private Optional<BatchPlan> inFlight = Optional.empty();
  private boolean begun;
  private Duration interval = Duration.ZERO;
  private Instant nextLook = Instant.MIN;
  private boolean presentEndsOnly;
  private boolean draining;

  IngestPlanner(
      Collection<TopicIngest> topics,
      KafkaCluster cluster,
      TopicInspection inspection,
      TaskCutter cutter,
      IngestMetrics metrics,
      RetryPolicy retry,
      Clock clock) {
    this(topics, cluster, inspection, cutter, metrics, retry, clock, System::nanoTime);
  }

  /** With a count of nanoseconds that no correction of the clock moves; waits are told by it. */
  IngestPlanner(
      Collection<TopicIngest> topics,
      KafkaCluster cluster,
      TopicInspection inspection,
      TaskCutter cutter,
      IngestMetrics metrics,
      RetryPolicy retry,
      Clock clock,
      LongSupplier nanoTime) {
    topics.forEach(topic -> this.topics.put(topic.topic(), topic));
    this.cluster = cluster;
    this.inspection = inspection;
    this.cutter = cutter;
    this.metrics = metrics;
    this.retry = retry;
    this.clock = clock;
    this.pace = new SteadyClock(clock, nanoTime);
  }

  /** From now on batches begin at least this far apart. */
  synchronized void every(Duration apart) {
    interval = apart;
  }

  /** Waits until there may be something to plan, but not so long that a stop would not be seen. */
  void awaitLook() throws InterruptedException {
    Duration left = untilNextLook();
    if (!left.isNegative()) {
      Thread.sleep(left.compareTo(LONGEST_WAIT) < 0 ? left.toMillis() : LONGEST_WAIT.toMillis());
    }
  }

  private synchronized Duration untilNextLook() {
    return draining || nextLook.equals(Instant.MIN)
        ? Duration.ZERO
        : Duration.between(pace.instant(), nextLook);
  }

  /** From now on only what the topics hold at the first look is read. */
  synchronized void stopAtPresentEnds() {
    presentEndsOnly = true;
  }

  /** From now on nothing more is planned. */
  synchronized void drain() {
    draining = true;
  }

  /** The next batch; empty: there is nothing to do now. The batch before is over. */
  synchronized Optional<PlannedOffset> planNext() {
    Instant now = pace.instant();
    if (draining || now.isBefore(nextLook)) {
      return Optional.empty();
    }
    nextLook = now.plus(interval);
    Set<String> known = lookUp();
    inFlight.ifPresent(plan -> over(plan, known));
    takeUpAgain(now);
    List<TopicIngest> ready = ready(now);
    inspect(ready);
    List<PlannedRange> ranges = oneSuspect(ranges(stillReady(ready, now), now));
    if (ranges.isEmpty()) {
      suspects.clear();
      Instant afterGap = pace.instant().plus(IDLE_GAP);
      nextLook = nextLook.isBefore(afterGap) ? afterGap : nextLook;
      return Optional.empty();
    }
    BatchPlan plan = new BatchPlan(UUID.randomUUID().toString(), now, bounded(ranges));
    inFlight = Optional.of(plan);
    begun = false;
    return Optional.of(plan.offset());
  }

  /** The tasks of a batch: as just planned, or, of one that Spark remembers, what is left of it. */
  synchronized List<RangeTask> tasks(PlannedOffset end) {
    BatchPlan plan =
        inFlight.filter(planned -> planned.id().equals(end.plan())).orElseGet(() -> replan(end));
    inFlight = plan.ranges().isEmpty() ? Optional.empty() : Optional.of(plan);
    begun = true;
    return cutter.tasks(plan.ranges(), topics);
  }

  /**
   * Looks up what was committed since the last look, for metrics and consumer groups. Cheap where
   * no batch is in hand.
   */
  synchronized void refresh() {
    lookUp();
  }

  /** The topics of the batch in hand whose archives could be looked at. */
  private Set<String> lookUp() {
    if (inFlight.isEmpty()) {
      return Set.of();
    }
    BatchPlan plan = inFlight.get();
    Map<String, ManifestEntry> heads =
        inspection.heads(plan.topics().stream().map(topics::get).toList());
    heads.forEach(
        (name, head) -> {
          TopicIngest topic = topics.get(name);
          TopicIngest.Progress progress = topic.advance(head);
          if (progress.any()) {
            if (stalled(plan, topic).isEmpty()) {
              topic.health(TopicHealth.well());
            }
            metrics.committed(topic, progress, Duration.between(plan.at(), pace.instant()));
          }
        });
    if (plan.ranges().stream().allMatch(this::held)) {
      done(plan);
    }
    report();
    return heads.keySet();
  }

  /**
   * A batch failed.
   *
   * @return whether the query can be started again at once, because a topic was blamed or will be
   *     found; false: it is a matter of the whole cluster
   */
  synchronized boolean batchFailed(Throwable failure) {
    Optional<BatchPlan> failed = inFlight;
    inFlight = Optional.empty();
    nextLook = Instant.MIN;
    Optional<TopicFailure> known = Failures.cause(failure, TopicFailure.class);
    if (known.isPresent() && topics.containsKey(known.get().topic())) {
      blame(topics.get(known.get().topic()), Failures.coded(failure));
      return true;
    }
    if (failed.isEmpty()) {
      return false;
    }
    Set<String> involved = failed.get().topics();
    if (involved.size() == 1) {
      blame(topics.get(involved.iterator().next()), Failures.coded(failure));
      return true;
    }
    LOG.warn("A batch of {} topics failed; looking for the one to blame", involved.size(), failure);
    suspects.addAll(involved);
    return true;
  }

  /** Whether every topic was given up. */
  synchronized boolean allFailed() {
    return topics.values().stream().allMatch(topic -> topic.health().failed());
  }

  /**
   * How long it is until the next of the topics that wait for another attempt, or whose answer is
   * waited for, is due; empty: none waits.
   */
  synchronized Optional<Duration> nextAttempt() {
    Instant now = pace.instant();
    Stream<Instant> attempts =
        topics.values().stream()
            .map(TopicIngest::health)
            .filter(TopicHealth::retrying)
            .map(TopicHealth::nextAttempt);
    Stream<Instant> answers = unanswered.stream().map(topic -> now.plus(ANSWER_GAP));
    return Stream.concat(attempts, answers)
        .min(Instant::compareTo)
        .map(at -> at.isBefore(now) ? Duration.ZERO : Duration.between(now, at));
  }

  /** Offsets that wait, of all topics, as last seen. */
  synchronized long offsetsBehind() {
    return topics.values().stream()
        .flatMap(topic -> topic.waiting().values().stream())
        .mapToLong(Long::longValue)
        .sum();
  }

  private void done(BatchPlan plan) {
    suspects.removeAll(plan.topics());
    inFlight = Optional.empty();
  }

  /** The batch was committed: of what has come no further, the leader delivered nothing. */
  private void over(BatchPlan plan, Set<String> known) {
    for (String name : begun ? known : Set.<String>of()) {
      TopicIngest topic = topics.get(name);
      stalled(plan, topic)
          .ifPresent(
              range ->
                  blame(
                      topic,
                      new TributaryException(
                          ErrorCode.KAFKA_UNAVAILABLE,
                          "Partition %s delivered nothing at offset %d, though it should hold offsets up to %d; the batch went on without it. Check its leader."
                              .formatted(range.topicPartition(), range.start(), range.end()))));
    }
    done(plan);
  }

  private Optional<PlannedRange> stalled(BatchPlan plan, TopicIngest topic) {
    return plan.ranges().stream()
        .filter(range -> range.topic().equals(topic.topic()))
        .filter(range -> range.incarnation() == topic.incarnation())
        .filter(range -> topic.watermark(range.partition()) <= range.start())
        .findFirst();
  }

  private boolean held(PlannedRange range) {
    TopicIngest topic = topics.get(range.topic());
    return topic.incarnation() != range.incarnation()
        || topic.watermark(range.partition()) >= range.end();
  }

  private BatchPlan replan(PlannedOffset end) {
    Instant now = pace.instant();
    List<TopicIngest> remembered =
        ready(now).stream().filter(topic -> end.topics().containsKey(topic.topic())).toList();
    inspect(remembered);
    List<PlannedRange> ranges = new ArrayList<>();
    for (TopicIngest topic : stillReady(remembered, now)) {
      PlannedOffset.TopicEnds ends = end.topics().get(topic.topic());
      if (ends.incarnation() != topic.incarnation()) {
        continue;
      }
      topic
          .waiting()
          .forEach(
              (partition, waiting) -> {
                long upTo = ends.ends().getOrDefault(partition.partition(), 0L);
                long left = upTo - topic.watermark(partition.partition());
                if (left > 0) {
                  ranges.add(topic.range(partition.partition(), Math.min(left, waiting)));
                }
              });
    }
    return new BatchPlan(end.plan(), now, bounded(oneSuspect(ranges)));
  }

  /** The ranges, each with its part of its source's bytes. */
  private List<PlannedRange> bounded(List<PlannedRange> ranges) {
    Map<String, Long> offsets =
        ranges.stream()
            .collect(
                Collectors.groupingBy(
                    range -> source(range).name(), Collectors.summingLong(PlannedRange::offsets)));
    return ranges.stream()
        .map(
            range -> {
              double part = (double) range.offsets() / offsets.get(source(range).name());
              return range.atMost((long) (part * source(range).batch().maxBytes()));
            })
        .toList();
  }

  private SourceSpec source(PlannedRange range) {
    return topics.get(range.topic()).source();
  }

  /** Whoever had archived a topic that this driver left to it may be gone. */
  private void takeUpAgain(Instant now) {
    for (TopicIngest topic : topics.values()) {
      if (topic.health().gaveWay(now)) {
        LOG.info(
            "Topic {} was left to another driver; looking whether that one goes on", topic.topic());
        topic.health(topic.health().again());
      }
    }
  }

  private List<TopicIngest> ready(Instant now) {
    return topics.values().stream().filter(topic -> topic.health().ready(now)).toList();
  }

  private List<TopicIngest> stillReady(List<TopicIngest> ready, Instant now) {
    return ready.stream()
        .filter(topic -> topic.health().ready(now) && !unanswered.contains(topic.topic()))
        .toList();
  }

  private void inspect(List<TopicIngest> ready) {
    if (ready.isEmpty()) {
      return;
    }
    String clusterId = cluster.id();
    Map<Isolation, List<TopicIngest>> byIsolation =
        ready.stream().collect(Collectors.groupingBy(topic -> topic.source().isolation()));
    byIsolation.forEach(
        (isolation, some) ->
            inspection
                .inspect(some, clusterId, isolation)
                .forEach((name, outcome) -> take(topics.get(name), outcome)));
    report();
  }

  private void take(TopicIngest topic, TopicInspection.Outcome outcome) {
    unanswered.remove(topic.topic());
    if (outcome.error().isPresent()) {
      blame(topic, outcome.error().get());
      return;
    }
    if (outcome.found().isEmpty()) {
      unanswered.add(topic.topic());
      return;
    }
    if (topic.isNew()) {
      outcome.head().ifPresent(head -> metrics.resumed(topic, head));
    }
    outcome
        .head()
        .map(topic::advance)
        .filter(TopicIngest.Progress::any)
        // What a batch that failed had committed all the same.
        .ifPresent(progress -> metrics.committed(topic, progress, Duration.ZERO));
    if (topic.truncated(outcome.found().orElseThrow()).isPresent() && !holdsAll(topic)) {
      return;
    }
    topic.found(outcome.found().orElseThrow(), clock.instant());
    if (presentEndsOnly) {
      topic.stopAtPresentEnds();
    }
    if (topic.waiting().isEmpty()) {
      topic.health(TopicHealth.well());
    }
  }

  /**
   * Whether Kafka holds what is archived after all: the archive may have been read with another
   * isolation, beyond a transaction that is open, or by another driver since Kafka was asked.
   */
  private boolean holdsAll(TopicIngest topic) {
    TopicAnswer answer = cluster.unstable(topic.topic());
    if (answer instanceof TopicAnswer.Outstanding) {
      unanswered.add(topic.topic());
      return false;
    }
    Optional<TributaryException> error =
        answer instanceof TopicAnswer.Refused refused
            ? Optional.of(refused.why())
            : topic.truncated((TopicAnswer.Found) answer);
    error.ifPresent(why -> blame(topic, why));
    return error.isEmpty();
  }

  private void blame(TopicIngest topic, TributaryException error) {
    topic.health(topic.health().failed(error, retry, pace.instant(), random));
    suspects.remove(topic.topic());
    metrics.blamed(topic, error);
  }

  private List<PlannedRange> ranges(List<TopicIngest> ready, Instant now) {
    Map<SourceSpec, List<TopicIngest>> bySource =
        ready.stream()
            .collect(
                Collectors.groupingBy(
                    TopicIngest::source, LinkedHashMap::new, Collectors.toList()));
    List<PlannedRange> ranges = new ArrayList<>();
    bySource.forEach((source, some) -> ranges.addAll(ranges(source, some, now)));
    return ranges;
  }

  private List<PlannedRange> ranges(SourceSpec source, List<TopicIngest> of, Instant now) {
    Map<TopicPartition, Long> waiting = new TreeMap<>(TopicPartitions.ORDER);
    of.forEach(topic -> waiting.putAll(topic.waiting()));
    if (waiting.isEmpty()) {
      waitingSince.remove(source.name());
      return List.of();
    }
    long limit = limit(source, of);
    long total = waiting.values().stream().mapToLong(Long::longValue).sum();
    Instant since = waitingSince.computeIfAbsent(source.name(), name -> now);
    boolean patient = Duration.between(since, now).toMillis() < source.batch().maxDelayMillis();
    if (patient && total < limit && !presentEndsOnly) {
      metrics.held(source, since.plusMillis(source.batch().maxDelayMillis()));
      return List.of();
    }
    waitingSince.remove(source.name());
    List<PlannedRange> ranges = new ArrayList<>();
    BatchBudget.share(waiting, limit)
        .forEach(
            (partition, offsets) ->
                ranges.add(topics.get(partition.topic()).range(partition.partition(), offsets)));
    return ranges;
  }

  private static long limit(SourceSpec source, List<TopicIngest> of) {
    long biggest = of.stream().mapToLong(TopicIngest::averageBytes).max().orElse(1);
    return Math.min(source.batch().maxRecords(), Math.max(1, source.batch().maxBytes() / biggest));
  }

  /** All of them, or where a culprit is looked for, those of one suspect. */
  private List<PlannedRange> oneSuspect(List<PlannedRange> ranges) {
    Optional<String> suspect =
        ranges.stream().map(PlannedRange::topic).filter(suspects::contains).findFirst();
    return suspect
        .map(topic -> ranges.stream().filter(range -> range.topic().equals(topic)).toList())
        .orElse(ranges);
  }

  private void report() {
    metrics.report(topics.values(), clock.instant());
  }
}
