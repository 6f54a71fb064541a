package dev.tributary.archive.spark;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.Totals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.ReportsSourceMetrics;
import org.apache.spark.sql.connector.read.streaming.SupportsTriggerAvailableNow;

/**
 * The archive as a stream of whole manifest entries. A batch holds at least one, and no more than
 * the limits allow beyond it. An archive that does not exist yet is one without entries.
 */
final class ArchiveStream
    implements MicroBatchStream, SupportsTriggerAvailableNow, ReportsSourceMetrics {
  private final ReadOptions options;
  private final PartitionReaderFactory readers;
  private final ArchiveLogs logs;
  // The entry that ended the last batch, by topic: the next batch and each report need its totals.
  private final Map<String, ManifestEntry> passed = new ConcurrentHashMap<>();
  private volatile Optional<Map<String, ManifestEntry>> upTo = Optional.empty();

  ArchiveStream(ReadOptions options, PartitionReaderFactory readers, ArchiveLogs logs) {
    this.options = options;
    this.readers = readers;
    this.logs = logs;
  }

  @Override
  public Offset initialOffset() {
    Map<String, Long> next = new TreeMap<>();
    for (String topic : options.topics()) {
      next.put(
          topic,
          options
              .startingSequence()
              .map(given -> Math.max(1, given.getOrDefault(topic, 1L)))
              .orElseGet(() -> log(topic).head().map(head -> head.sequence() + 1).orElse(1L)));
    }
    return new ArchiveOffset(next);
  }

  @Override
  public Offset deserializeOffset(String json) {
    return ArchiveOffset.parse(json);
  }

  @Override
  public ReadLimit getDefaultReadLimit() {
    return options.limits().toReadLimit();
  }

  @Override
  public void prepareForTriggerAvailableNow() {
    upTo = Optional.of(heads());
  }

  @Override
  public Offset latestOffset() {
    throw new UnsupportedOperationException("The batches of this source are bounded by limits.");
  }

  @Override
  public Offset latestOffset(Offset start, ReadLimit limit) {
    ArchiveOffset from = (ArchiveOffset) start;
    BatchLimits limits = BatchLimits.of(limit);
    List<Backlog> backlogs = new ArrayList<>();
    upTo.orElseGet(this::heads)
        .forEach(
            (topic, head) -> {
              if (head.sequence() >= from.next(topic)) {
                backlogs.add(backlog(topic, from.next(topic), head, limits));
              }
            });
    long records = backlogs.stream().mapToLong(Backlog::records).sum();
    long bytes = backlogs.stream().mapToLong(Backlog::bytes).sum();
    long entries = backlogs.stream().mapToLong(Backlog::entries).sum();
    Map<String, Long> next = new TreeMap<>();
    options.topics().forEach(topic -> next.put(topic, from.next(topic)));
    for (Backlog backlog : backlogs) {
      ManifestEntry last = backlog.last(backlog.share(limits, records, bytes, entries));
      passed.put(backlog.log().topic(), last);
      next.put(backlog.log().topic(), last.sequence() + 1);
    }
    return new ArchiveOffset(next);
  }

  private Backlog backlog(String topic, long first, ManifestEntry head, BatchLimits limits) {
    Totals before = limits.unlimited() ? head.totals() : totalsBefore(topic, first);
    return new Backlog(log(topic), first, head, before);
  }

  private Totals totalsBefore(String topic, long sequence) {
    ManifestEntry known = passed.get(topic);
    if (known != null && known.sequence() == sequence - 1) {
      return known.totals();
    }
    return log(topic).range(sequence - 1, sequence - 1).get(0).totals();
  }

  @Override
  public Offset reportLatestOffset() {
    Map<String, Long> next = new TreeMap<>();
    for (String topic : options.topics()) {
      log(topic).knownHead().ifPresent(head -> next.put(topic, head.sequence() + 1));
    }
    return new ArchiveOffset(next);
  }

  @Override
  public InputPartition[] planInputPartitions(Offset start, Offset end) {
    ScanPlanner planner = new ScanPlanner(OffsetSelection.ALL);
    for (String topic : options.topics()) {
      planner.add(
          log(topic), ((ArchiveOffset) start).next(topic), ((ArchiveOffset) end).next(topic) - 1);
    }
    return planner.tasks(Cores.ofSession(), options.maxPartitionBytes());
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return readers;
  }

  @Override
  public void commit(Offset end) {}

  @Override
  public void stop() {}

  /** How far the stream is behind the archive, without a request. */
  @Override
  public Map<String, String> metrics(Optional<Offset> latestConsumed) {
    long records = 0;
    long bytes = 0;
    long entries = 0;
    for (String topic : options.topics()) {
      ManifestEntry at = passed.get(topic);
      Optional<ManifestEntry> head = log(topic).knownHead();
      if (at != null && head.isPresent()) {
        records += head.get().totals().records() - at.totals().records();
        bytes += head.get().totals().bytes() - at.totals().bytes();
        entries += head.get().sequence() - at.sequence();
      }
    }
    return Map.of(
        "recordsBehindLatest", Long.toString(records),
        "bytesBehindLatest", Long.toString(bytes),
        "entriesBehindLatest", Long.toString(entries));
  }

  private Map<String, ManifestEntry> heads() {
    Map<String, ManifestEntry> heads = new HashMap<>();
    for (String topic : options.topics()) {
      log(topic).head().ifPresent(head -> heads.put(topic, head));
    }
    return heads;
  }

  private ManifestLog log(String topic) {
    return logs.log(options.archive(), topic);
  }
}
