package dev.tributary.phase1;

import dev.tributary.archive.EntryKind;
import dev.tributary.archive.GapKind;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.PartitionAccount;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/** What the planner knows of one topic. Guarded by the planner's lock. */
final class TopicIngest {
  private static final long UNKNOWN_RECORD_BYTES = 1024;

  /** Entries before the head that a start reads to learn what was archived last. */
  private static final int LOOK_BACK = 16;

  /** Partitions whose last entry is searched for where those do not tell. */
  private static final int SEARCHES = 8;

  /**
   * What a newer head of the log adds to the one that was known.
   *
   * @param records committed since
   * @param bytes committed since, as stored
   * @param from the watermarks before, by partition
   * @param to the watermarks now
   */
  record Progress(long records, long bytes, Map<Integer, Long> from, Map<Integer, Long> to) {
    boolean any() {
      return !to.isEmpty();
    }
  }

  private final SourceSpec source;
  private final ManifestLog log;
  private final Set<String> worked;
  private final Map<Integer, Long> caughtUpAt = new HashMap<>();
  private final Map<Integer, Long> lastTimestamps = new HashMap<>();
  private OptionalLong lastData = OptionalLong.empty();
  private Optional<ManifestEntry> head = Optional.empty();
  private Optional<TopicAnswer.Found> found = Optional.empty();
  private Optional<Map<Integer, Long>> target = Optional.empty();
  private GapKind holes = GapKind.NOT_DELIVERED;
  private Instant holesKnownAt = Instant.EPOCH;
  private long averageBytes = UNKNOWN_RECORD_BYTES;
  private TopicHealth health;

  /**
   * A topic of a source.
   *
   * @param worked what was well since the driver began; this topic adds itself
   */
  TopicIngest(SourceSpec source, ManifestLog log, Set<String> worked) {
    this.source = source;
    this.log = log;
    this.worked = worked;
    this.health = worked.contains(key()) ? TopicHealth.well() : TopicHealth.untried();
  }

  SourceSpec source() {
    return source;
  }

  ManifestLog log() {
    return log;
  }

  String topic() {
    return log.topic();
  }

  TopicHealth health() {
    return health;
  }

  void health(TopicHealth now) {
    health = now;
    if (now.worked()) {
      worked.add(key());
    }
  }

  private String key() {
    return source.name() + "/" + topic();
  }

  Optional<ManifestEntry> head() {
    return head;
  }

  void holes(GapKind kind, Instant at) {
    holes = kind;
    holesKnownAt = at;
  }

  /** When the kind of its holes was found out. */
  Instant holesKnownAt() {
    return holesKnownAt;
  }

  /** Whether the archive has to be looked at before the topic can be read on. */
  boolean needsOpening(TopicAnswer.Found now) {
    if (head.isEmpty()
        || !found.map(TopicAnswer.Found::topicId).equals(Optional.of(now.topicId()))) {
      return true;
    }
    return now.partitions().entrySet().stream()
        .anyMatch(
            entry -> {
              long watermark = watermark(entry.getKey());
              return watermark < entry.getValue().end() || watermark < entry.getValue().earliest();
            });
  }

  void found(TopicAnswer.Found now, Instant at) {
    found = Optional.of(now);
    now.partitions()
        .forEach(
            (partition, held) -> {
              if (watermark(partition) >= held.end()) {
                caughtUpAt.put(partition, at.toEpochMilli());
              }
            });
  }

  /**
   * Whether Kafka holds less than the archive: a leader that lost its newest records, or a broker
   * put back from a backup. What comes next bears offsets that the archive has for other records.
   */
  Optional<TributaryException> truncated(TopicAnswer.Found now) {
    for (Map.Entry<Integer, TopicAnswer.Held> held : now.partitions().entrySet()) {
      long watermark = watermark(held.getKey());
      if (held.getValue().end() < watermark) {
        return Optional.of(
            new TributaryException(
                ErrorCode.KAFKA_UNAVAILABLE,
                "Partition %d of topic %s ends at offset %d, but the archive holds all below %d: Kafka has lost records, or its leader is not ready. If this stays, create the topic again and accept the new incarnation, so that no offset means two records."
                    .formatted(held.getKey(), topic(), held.getValue().end(), watermark)));
      }
    }
    return Optional.empty();
  }

  /** Only what the topic holds now is read, however much comes later. */
  void stopAtPresentEnds() {
    if (target.isEmpty() && found.isPresent()) {
      Map<Integer, Long> ends = new TreeMap<>();
      found.get().partitions().forEach((partition, held) -> ends.put(partition, held.end()));
      target = Optional.of(ends);
    }
  }

  /** Whether no head of its log was taken in yet. */
  boolean isNew() {
    return head.isEmpty();
  }

  /**
   * Learns when records of each partition with waiting ones were last archived, where the head
   * alone does not tell: a sweep, a compaction or other partitions may have come since. Asks the
   * log for a bounded number of entries.
   */
  void lookBack(ManifestEntry newest, TopicAnswer.Found now) {
    Set<Integer> unknown = new TreeSet<>();
    now.partitions()
        .forEach(
            (partition, held) -> {
              if (newest.watermark(newest.incarnation(), partition) < held.end()) {
                unknown.add(partition);
              }
            });
    segments(newest).forEach(segment -> unknown.remove(segment.partition()));
    if (unknown.isEmpty() || newest.sequence() == 0) {
      return;
    }
    List<ManifestEntry> entries =
        log.range(Math.max(0, newest.sequence() - LOOK_BACK), newest.sequence());
    // Before its oldest entry, if it holds no data.
    lastData = OptionalLong.of(entries.get(0).ingestTime());
    entries.stream()
        .filter(entry -> entry.incarnation() == newest.incarnation())
        .forEach(this::learn);
    lastTimestamps.keySet().forEach(unknown::remove);
    unknown.stream()
        .filter(partition -> newest.watermark(newest.incarnation(), partition) > 0)
        .limit(SEARCHES)
        .forEach(partition -> searchBack(newest, partition));
  }

  private void searchBack(ManifestEntry newest, int partition) {
    int incarnation = newest.incarnation();
    long last = newest.watermark(incarnation, partition) - 1;
    log.sequenceOf(incarnation, partition, last)
        .ifPresent(
            sequence -> {
              ManifestEntry entry = log.entry(sequence).orElseThrow();
              lastTimestamps.put(
                  partition,
                  segments(entry)
                      .filter(segment -> segment.partition() == partition)
                      .mapToLong(segment -> Math.min(segment.maxTimestamp(), entry.ingestTime()))
                      .max()
                      .orElse(entry.ingestTime()));
            });
  }

  private static Stream<Segment> segments(ManifestEntry entry) {
    return entry.files().stream().flatMap(file -> file.segments().stream());
  }

  /** Takes a newer head of the log in and says what it adds. */
  Progress advance(ManifestEntry now) {
    Map<Integer, Long> from = new TreeMap<>();
    Map<Integer, Long> to = new TreeMap<>();
    long records = 0;
    long bytes = 0;
    if (head.isPresent() && head.get().sequence() < now.sequence()) {
      ManifestEntry before = head.get();
      records = now.totals().records() - before.totals().records();
      bytes = now.totals().bytes() - before.totals().bytes();
      for (PartitionAccount account : now.partitions()) {
        long old = before.watermark(account.incarnation(), account.partition());
        if (account.next() > old && account.incarnation() == now.incarnation()) {
          from.put(account.partition(), old);
          to.put(account.partition(), account.next());
        }
      }
    }
    head = Optional.of(now);
    learn(now);
    return new Progress(records, bytes, from, to);
  }

  /** The offsets that can be read now, by partition. */
  Map<TopicPartition, Long> waiting() {
    Map<TopicPartition, Long> waiting = new TreeMap<>(TopicPartitions.ORDER);
    found.ifPresent(
        now ->
            now.partitions()
                .forEach(
                    (partition, held) -> {
                      long offsets = end(partition, held) - watermark(partition);
                      if (offsets > 0) {
                        waiting.put(new TopicPartition(topic(), partition), offsets);
                      }
                    }));
    return waiting;
  }

  /** The range from the watermark on. */
  PlannedRange range(int partition, long offsets) {
    long start = watermark(partition);
    TopicAnswer.Found now = found.orElseThrow();
    return new PlannedRange(
        topic(),
        now.topicId(),
        incarnation(),
        partition,
        start,
        start + offsets,
        holes,
        averageBytes,
        now.partitions().get(partition).leaderEpoch().orElse(PlannedRange.NO_EPOCH),
        source.batch().maxBytes());
  }

  int incarnation() {
    return head.map(ManifestEntry::incarnation).orElse(0);
  }

  long watermark(int partition) {
    return head.map(entry -> entry.watermark(entry.incarnation(), partition)).orElse(0L);
  }

  long averageBytes() {
    return averageBytes;
  }

  /**
   * Epoch milliseconds before which the oldest waiting record cannot have come: when its partition
   * was last seen without one, or the newest record before it; empty where nothing waits.
   */
  Optional<Long> oldestWaiting(Instant now) {
    return waiting().keySet().stream()
        .map(TopicPartition::partition)
        .map(
            partition ->
                Math.max(
                    caughtUpAt.getOrDefault(partition, 0L),
                    lastTimestamps.getOrDefault(partition, lastIngest(now))))
        .min(Long::compare);
  }

  private long lastIngest(Instant now) {
    return lastData.orElse(now.toEpochMilli());
  }

  private long end(int partition, TopicAnswer.Held held) {
    return target
        .map(ends -> Math.min(held.end(), ends.getOrDefault(partition, 0L)))
        .orElse(held.end());
  }

  private void learn(ManifestEntry entry) {
    if (entry.kind() == EntryKind.DATA) {
      lastData = OptionalLong.of(entry.ingestTime());
    }
    long records = 0;
    long bytes = 0;
    for (Segment segment : segments(entry).toList()) {
      records += segment.records();
      bytes += segment.decodedLength();
      // A producer's clock may be ahead, or count nanoseconds: the lag would be none for ever.
      lastTimestamps.merge(
          segment.partition(), Math.min(segment.maxTimestamp(), entry.ingestTime()), Math::max);
    }
    if (records > 0) {
      averageBytes = Math.max(1, bytes / records);
    }
  }
}
