package dev.tributary.phase1;

import dev.tributary.archive.Author;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.PartitionStart;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.StartPosition;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that an archive and a topic belong together before anything is read: opens the log at
 * the first start, and stops where the topic, the cluster or the retained offsets are not what the
 * log says, unless the operator accepted exactly that.
 */
final class ArchiveOpening {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveOpening.class);

  private final KafkaCluster cluster;
  private final StoreProbe probe;
  private final Acceptances acceptances;
  private final Author author;
  private final Clock clock;
  private final LeaderHistory history;

  ArchiveOpening(
      KafkaCluster cluster, StoreProbe probe, Acceptances acceptances, Author author, Clock clock) {
    this.cluster = cluster;
    this.probe = probe;
    this.acceptances = acceptances;
    this.author = author;
    this.clock = clock;
    this.history = new LeaderHistory(cluster, acceptances, author, clock);
  }

  /**
   * What can be read on.
   *
   * @param head of the log
   * @param found what Kafka holds, looked at again where the start was asked of Kafka
   */
  record Opened(ManifestEntry head, TopicAnswer.Found found) {}

  /**
   * Opens or continues the archive of a topic that was found in a cluster; empty where that has not
   * answered what a new archive needs to know.
   */
  Optional<Opened> open(
      SourceSpec source, ManifestLog log, String clusterId, TopicAnswer.Found seen) {
    requireIds(log.topic(), clusterId, seen);
    probe.require(source.archive().location());
    Optional<TopicAnswer.Found> found =
        log.head().isPresent() ? Optional.of(seen) : begin(source, log, clusterId, seen);
    return found.map(now -> goOn(source, log, clusterId, now));
  }

  private Opened goOn(
      SourceSpec source, ManifestLog log, String clusterId, TopicAnswer.Found found) {
    requireIncarnation(source, log, clusterId, found);
    history.require(source, log, found);
    ManifestEntry now = log.knownHead().orElseGet(log::requireHead);
    List<OffsetRange> lost = new ArrayList<>(expired(now, found));
    requireAccepted(log.topic(), lost);
    lost.addAll(unreadable(source, log.topic(), now, found));
    if (lost.isEmpty()) {
      return new Opened(now, found);
    }
    log.acceptLoss(lost, acceptances.word(), author, clock.millis());
    LOG.warn("Topic {}: the loss of {} was accepted", log.topic(), lost);
    return new Opened(log.requireHead(), found);
  }

  private Optional<TopicAnswer.Found> begin(
      SourceSpec source, ManifestLog log, String clusterId, TopicAnswer.Found seen) {
    Map<Integer, Long> wanted = wanted(source, log.topic(), seen);
    // Records that came since the first look may lie before the offset of a time.
    Optional<TopicAnswer.Found> now =
        source.start() instanceof StartPosition.Timestamp
            ? lookAgain(source, log.topic())
            : Optional.of(seen);
    now.ifPresent(found -> begin(source, log, clusterId, found, wanted));
    return now;
  }

  private void begin(
      SourceSpec source,
      ManifestLog log,
      String clusterId,
      TopicAnswer.Found found,
      Map<Integer, Long> wanted) {
    List<PartitionStart> start = new ArrayList<>();
    starts(wanted, log.topic(), found)
        .forEach((partition, offset) -> start.add(new PartitionStart(partition, offset)));
    Genesis genesis =
        new Genesis(log.topic(), clusterId, found.topicId(), source.isolation(), start);
    if (log.createGenesis(genesis, author, clock.millis())) {
      LOG.info("Topic {}: a new archive begins at {}", log.topic(), start);
    }
  }

  private Optional<TopicAnswer.Found> lookAgain(SourceSpec source, String topic) {
    TopicAnswer answer = cluster.look(List.of(topic), source.isolation()).get(topic);
    if (answer instanceof TopicAnswer.Refused refused) {
      throw refused.why();
    }
    return answer instanceof TopicAnswer.Found found ? Optional.of(found) : Optional.empty();
  }

  private static Map<Integer, Long> starts(
      Map<Integer, Long> wanted, String topic, TopicAnswer.Found found) {
    Map<Integer, Long> starts = new TreeMap<>();
    found
        .partitions()
        .forEach(
            (partition, held) -> {
              long offset = wanted.getOrDefault(partition, held.earliest());
              if (offset < held.earliest() || offset > held.end()) {
                throw TributaryException.of(
                    ErrorCode.SPEC_INVALID,
                    "The start of %s is offset %d of partition %d, but Kafka holds %d to %d (exclusive)."
                        .formatted(topic, offset, partition, held.earliest(), held.end()),
                    "Correct the source's start.");
              }
              starts.put(partition, offset);
            });
    return starts;
  }

  private Map<Integer, Long> wanted(SourceSpec source, String topic, TopicAnswer.Found found) {
    if (source.start() instanceof StartPosition.Offsets offsets) {
      Map<Integer, Long> wanted = offsets.byTopic().getOrDefault(topic, Map.of());
      requirePartitions(wanted, topic, found);
      return wanted;
    }
    Map<Integer, Long> ends = new TreeMap<>();
    found.partitions().forEach((partition, held) -> ends.put(partition, held.end()));
    if (source.start() instanceof StartPosition.Latest) {
      return ends;
    }
    if (source.start() instanceof StartPosition.Timestamp timestamp) {
      ends.putAll(
          cluster.offsetsAt(topic, ends.keySet(), timestamp.epochMillis(), source.isolation()));
      return ends;
    }
    return Map.of();
  }

  private static void requirePartitions(
      Map<Integer, Long> wanted, String topic, TopicAnswer.Found found) {
    List<Integer> absent =
        wanted.keySet().stream()
            .filter(partition -> !found.partitions().containsKey(partition))
            .sorted()
            .toList();
    if (!absent.isEmpty()) {
      throw TributaryException.of(
          ErrorCode.SPEC_INVALID,
          "The start of %s names partition %s, but the topic has %d partition(s), counted from 0."
              .formatted(
                  topic,
                  absent.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                  found.partitions().size()),
          "Correct the source's start.");
    }
  }

  private void requireIncarnation(
      SourceSpec source, ManifestLog log, String clusterId, TopicAnswer.Found found) {
    String topic = log.topic();
    // From 0: what retention took of it already is a loss like any other.
    List<PartitionStart> start =
        found.partitions().keySet().stream()
            .map(partition -> new PartitionStart(partition, 0))
            .toList();
    Genesis now = new Genesis(topic, clusterId, found.topicId(), source.isolation(), start);
    Genesis genesis = log.genesis();
    if (genesis.sameTopic(now)) {
      return;
    }
    if (!genesis.otherTopic(now) && acceptances.acceptsSameTopic(topic, found.topicId())) {
      log.openSameTopic(now, acceptances.word(), author, clock.millis());
      LOG.warn(
          "Topic {}: that it is the same as before, now of id {}, was accepted",
          topic,
          found.topicId());
      log.requireHead();
      return;
    }
    if (!acceptances.acceptsIncarnation(topic, found.topicId())) {
      throw genesis.otherTopic(now)
          ? otherIncarnation(topic, genesis, clusterId, found)
          : perhapsOther(genesis, now);
    }
    log.openIncarnation(now, acceptances.word(), author, clock.millis());
    LOG.warn("Topic {}: a new incarnation, id {}, was accepted", topic, found.topicId());
    log.requireHead();
  }

  /** Without them a topic that was created again would be read on in the middle. */
  private void requireIds(String topic, String clusterId, TopicAnswer.Found found) {
    boolean known =
        !clusterId.equals(Genesis.UNKNOWN_ID) && !found.topicId().equals(Genesis.UNKNOWN_ID);
    if (known || acceptances.unknownIds()) {
      return;
    }
    throw TributaryException.of(
        ErrorCode.KAFKA_IDS_UNKNOWN,
        "The brokers of %s do not tell all ids (cluster id: %s, topic id: %s): that the topic was deleted and created again, or its cluster exchanged, could not be noticed, and its first records would be lost."
            .formatted(topic, clusterId, found.topicId()),
        "Use brokers of Kafka 2.8 or later with an inter.broker.protocol.version to match, or start phase 1 with --accept-unknown-ids if no topic is ever created again under its name.");
  }

  private static TributaryException perhapsOther(Genesis genesis, Genesis now) {
    return TributaryException.of(
        ErrorCode.KAFKA_IDS_UNKNOWN,
        "Whether %s is still the topic that the archive is of cannot be known: the archive's cluster id is %s and its topic id %s; the brokers tell %s and %s."
            .formatted(
                now.topic(),
                genesis.clusterId(),
                genesis.topicId(),
                now.clusterId(),
                now.topicId()),
        "If it was not created again, start phase 1 with --accept-same-topic %1$s:%2$s: the archive goes on where it ends. If it was, start it with --accept-incarnation %1$s:%2$s: the archive goes on from its first offset."
            .formatted(now.topic(), now.topicId()));
  }

  private static TributaryException otherIncarnation(
      String topic, Genesis genesis, String clusterId, TopicAnswer.Found found) {
    String remedy =
        "If that is meant, start phase 1 with --accept-incarnation %s:%s: the archive goes on in a new incarnation from its first offset, or from where it had come in this topic before, and keeps what it has."
            .formatted(topic, found.topicId());
    boolean knownClusters =
        !genesis.clusterId().equals(Genesis.UNKNOWN_ID) && !clusterId.equals(Genesis.UNKNOWN_ID);
    if (knownClusters && !genesis.clusterId().equals(clusterId)) {
      return TributaryException.of(
          ErrorCode.ARCHIVE_OTHER_CLUSTER,
          "The archive of %s belongs to the Kafka cluster %s, but the source's brokers are cluster %s."
              .formatted(topic, genesis.clusterId(), clusterId),
          remedy);
    }
    return TributaryException.of(
        ErrorCode.TOPIC_RECREATED,
        "Topic %s was deleted and created again: its id is %s, the archive's is %s, and its offsets mean other records now."
            .formatted(topic, found.topicId(), genesis.topicId()),
        remedy);
  }

  /** What retention took before it was archived. */
  private static List<OffsetRange> expired(ManifestEntry head, TopicAnswer.Found found) {
    List<OffsetRange> expired = new ArrayList<>();
    int incarnation = head.incarnation();
    found
        .partitions()
        .forEach(
            (partition, held) -> {
              long watermark = head.watermark(incarnation, partition);
              if (watermark < held.earliest()) {
                expired.add(new OffsetRange(incarnation, partition, watermark, held.earliest()));
              }
            });
    return expired;
  }

  /**
   * Of what is accepted what nobody can read: records that can be are never left out, whatever was
   * accepted.
   */
  private List<OffsetRange> unreadable(
      SourceSpec source, String topic, ManifestEntry head, TopicAnswer.Found found) {
    List<OffsetRange> unreadable = new ArrayList<>();
    int incarnation = head.incarnation();
    found
        .partitions()
        .forEach(
            (partition, held) -> {
              long from = head.watermark(incarnation, partition);
              if (from >= held.earliest()) {
                unreadable(source, new TopicPartition(topic, partition), from, held)
                    .ifPresent(
                        end -> unreadable.add(new OffsetRange(incarnation, partition, from, end)));
              }
            });
    return unreadable;
  }

  private OptionalLong unreadable(
      SourceSpec source, TopicPartition partition, long from, TopicAnswer.Held held) {
    OptionalLong accepted = acceptances.acceptedTo(partition.topic(), partition.partition(), from);
    if (from >= held.end() || accepted.isEmpty()) {
      return OptionalLong.empty();
    }
    // More may be broken than the batch that failed had planned, and was accepted: that comes next.
    long end = Math.min(held.end(), accepted.getAsLong());
    return cluster.unreadable(partition, from, end, source.isolation());
  }

  private void requireAccepted(String topic, List<OffsetRange> lost) {
    List<OffsetRange> refused =
        lost.stream()
            .filter(
                range ->
                    !acceptances.acceptsLoss(topic, range.partition(), range.start(), range.end()))
            .toList();
    if (refused.isEmpty()) {
      return;
    }
    List<String> gone = new ArrayList<>();
    List<String> flags = new ArrayList<>();
    for (OffsetRange range : refused) {
      gone.add(
          "partition %d from %d to %d"
              .formatted(range.partition(), range.start(), range.end() - 1));
      flags.add(
          "--accept-loss %s/%d:%d-%d"
              .formatted(topic, range.partition(), range.start(), range.end()));
    }
    throw TributaryException.of(
        ErrorCode.KAFKA_RETENTION_LOSS,
        "Kafka no longer holds offsets of %s that the archive does not have yet: %s. Retention overtook phase 1."
            .formatted(topic, String.join(", ", gone)),
        "Restore them in Kafka, or accept the loss by starting phase 1 with %s."
            .formatted(String.join(" ", flags)));
  }
}
