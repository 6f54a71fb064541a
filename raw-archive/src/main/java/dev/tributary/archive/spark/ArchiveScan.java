package dev.tributary.archive.spark;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

final class ArchiveScan implements Scan, Batch {
  private final CaseInsensitiveStringMap given;
  private final ReadOptions options;
  private final RowLayout layout;
  private final StructType schema;
  private final ArchiveLogs logs;

  ArchiveScan(
      CaseInsensitiveStringMap given,
      ReadOptions options,
      RowLayout layout,
      StructType schema,
      ArchiveLogs logs) {
    this.given = given;
    this.options = options;
    this.layout = layout;
    this.schema = schema;
    this.logs = logs;
  }

  @Override
  public StructType readSchema() {
    return schema;
  }

  @Override
  public String description() {
    return "raw-archive %s %s".formatted(options.archive(), options.topics());
  }

  @Override
  public Batch toBatch() {
    KnownOptions.refuseInBatch(given);
    return this;
  }

  @Override
  public MicroBatchStream toMicroBatchStream(String checkpointLocation) {
    KnownOptions.refuseInStream(given);
    return new ArchiveStream(options, createReaderFactory(), logs);
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new ArchiveReaderFactory(layout, schema, logs.settings());
  }

  @Override
  public InputPartition[] planInputPartitions() {
    Map<String, Integer> incarnations = new HashMap<>();
    Map<String, ManifestEntry> heads = new HashMap<>();
    for (String topic : options.topics()) {
      ManifestEntry head = head(logs.log(options.archive(), topic));
      heads.put(topic, head);
      if (options.selectsOffsets()) {
        incarnations.put(topic, options.incarnation().orElse(head.incarnation()));
      }
    }
    ScanPlanner planner =
        new ScanPlanner(
            new OffsetSelection(incarnations, options.startOffsets(), options.endOffsets()));
    heads.forEach((topic, head) -> add(planner, logs.log(options.archive(), topic), head));
    return planner.tasks(Cores.ofSession(), options.maxPartitionBytes());
  }

  /** The entry as of which the archive is read. */
  private ManifestEntry head(ManifestLog log) {
    ManifestEntry newest = log.requireHead();
    if (options.asOfSequence().isEmpty()) {
      return newest;
    }
    long asOf = options.asOfSequence().getAsLong();
    return log.entry(asOf)
        .orElseThrow(
            () ->
                ConnectorErrors.option(
                    "asOfSequence",
                    asOf,
                    "The newest entry of topic %s is %d."
                        .formatted(log.topic(), newest.sequence())));
  }

  private void add(ScanPlanner planner, ManifestLog log, ManifestEntry head) {
    long from = options.fromSequence().orElse(0);
    if (options.fromDate().isPresent()) {
      from =
          Math.max(
              from, log.sequenceAt(millis(options.fromDate().get())).orElse(head.sequence() + 1));
    }
    long to = Math.min(head.sequence(), options.toSequence().orElse(head.sequence()));
    if (options.toDate().isPresent()) {
      to =
          Math.min(
              to,
              log.sequenceAt(millis(options.toDate().get().plusDays(1))).orElse(head.sequence() + 1)
                  - 1);
    }
    if (options.asOfSequence().isPresent()) {
      planner.addAsOf(log, from, to, options.asOfSequence().getAsLong());
    } else {
      planner.add(log, from, to);
    }
  }

  private static long millis(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }
}
