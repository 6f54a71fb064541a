package dev.tributary.phase1;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.streaming.Commit;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.PipelineState;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the world how the topics fare: metrics by source, the log, and consumer groups. */
final class IngestMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(IngestMetrics.class);

  private final Map<String, PipelineMetrics> bySource;
  private final Map<String, Map<TopicPartition, Long>> groupOffsets = new TreeMap<>();

  IngestMetrics(Map<String, PipelineMetrics> bySource) {
    this.bySource = Map.copyOf(bySource);
  }

  void committed(TopicIngest topic, TopicIngest.Progress progress, Duration latency) {
    PipelineMetrics metrics = bySource.get(topic.source().name());
    metrics.committed(new Commit(progress.records(), progress.bytes(), 0, latency));
    progress
        .to()
        .forEach(
            (partition, next) ->
                metrics.offsets(
                    topic.topic(),
                    topic.incarnation(),
                    partition,
                    progress.from().get(partition),
                    next - 1));
    LOG.info(
        "Topic {}: {} records committed up to {} in {} ms",
        topic.topic(),
        progress.records(),
        progress.to(),
        latency.toMillis());
    topic
        .source()
        .consumerGroup()
        .ifPresent(group -> remember(group, topic.topic(), progress.to()));
  }

  /** What an earlier run committed: it may have died before its consumer group followed. */
  void resumed(TopicIngest topic, ManifestEntry head) {
    Map<Integer, Long> next = new TreeMap<>();
    head.partitions().stream()
        .filter(account -> account.incarnation() == head.incarnation() && account.next() > 0)
        .forEach(account -> next.put(account.partition(), account.next()));
    topic.source().consumerGroup().ifPresent(group -> remember(group, topic.topic(), next));
  }

  void blamed(TopicIngest topic, TributaryException error) {
    PipelineMetrics metrics = bySource.get(topic.source().name());
    if (topic.health().failed()) {
      LOG.error("Topic {} failed for good: {}", topic.topic(), error.code().code(), error);
      metrics.failed(error);
      return;
    }
    LOG.warn(
        "Topic {} failed ({} in a row): {}; trying again at {}",
        topic.topic(),
        topic.health().failures(),
        error.code().code(),
        topic.health().nextAttempt(),
        error);
    if (!stillFailed(metrics)) {
      metrics.retrying(error);
    }
  }

  /** What waits in a source is not taken yet, because the source lets it wait. */
  void held(SourceSpec source, Instant until) {
    bySource.get(source.name()).held(until);
  }

  /** Lag and state of every source. */
  void report(Collection<TopicIngest> topics, Instant now) {
    topics.stream()
        .collect(Collectors.groupingBy(topic -> topic.source().name()))
        .forEach((source, some) -> report(bySource.get(source), some, now));
  }

  /** The offsets to commit to consumer groups since the last call. */
  synchronized Map<String, Map<TopicPartition, Long>> takeGroupOffsets() {
    Map<String, Map<TopicPartition, Long>> taken = new HashMap<>(groupOffsets);
    groupOffsets.clear();
    return taken;
  }

  /** Keeps what could not be committed for the next time, unless more is known by now. */
  synchronized void putBack(String group, Map<TopicPartition, Long> offsets) {
    Map<TopicPartition, Long> now = groupOffsets.computeIfAbsent(group, g -> new HashMap<>());
    offsets.forEach(now::putIfAbsent);
  }

  private synchronized void remember(String group, String topic, Map<Integer, Long> next) {
    Map<TopicPartition, Long> offsets = groupOffsets.computeIfAbsent(group, g -> new HashMap<>());
    next.forEach((partition, offset) -> offsets.put(new TopicPartition(topic, partition), offset));
  }

  private static boolean stillFailed(PipelineMetrics metrics) {
    return metrics.state() == PipelineState.FAILED;
  }

  private static void report(PipelineMetrics metrics, List<TopicIngest> topics, Instant now) {
    long waiting =
        topics.stream()
            .flatMap(topic -> topic.waiting().values().stream())
            .mapToLong(Long::longValue)
            .sum();
    Optional<Long> oldest =
        topics.stream()
            .map(topic -> topic.oldestWaiting(now))
            .flatMap(Optional::stream)
            .min(Long::compare);
    if (oldest.isPresent()) {
      metrics.behind(waiting, oldest.get());
    } else {
      metrics.caughtUp();
    }
    boolean well = topics.stream().allMatch(topic -> topic.health().error().isEmpty());
    if (well) {
      metrics.running();
    }
  }
}
