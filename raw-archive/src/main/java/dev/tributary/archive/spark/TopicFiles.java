package dev.tributary.archive.spark;

import dev.tributary.archive.GapKind;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TimestampType;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;

/** Writes what one task has of one topic: one open file at a time, and the account of it. */
final class TopicFiles {
  private record PartitionId(int incarnation, int partition) {}

  private record OpenFile(FileWriter writer, String path) {}

  private final ManifestLog log;
  private final SinkOptions.Target target;
  private final SinkColumns columns;
  private final BatchStart.Base base;
  private final long ingestTime;
  private final Map<PartitionId, PartitionProgress> progress = new LinkedHashMap<>();
  private final List<ArchiveFile> files = new ArrayList<>();
  private Optional<OpenFile> open = Optional.empty();
  private PartitionId currentId = new PartitionId(-1, -1);
  private PartitionProgress current;

  TopicFiles(
      ManifestLog log,
      SinkOptions.Target target,
      SinkColumns columns,
      BatchStart.Base base,
      long now) {
    this.log = log;
    this.target = target;
    this.columns = columns;
    this.base = base;
    this.ingestTime = Math.max(now, base.ingestTime());
  }

  String topic() {
    return log.topic();
  }

  /** Takes a row in, of a record or of a range. */
  void write(InternalRow row, GapKind holes) throws IOException {
    int incarnation = columns.incarnation(row, base.incarnation());
    int partition = row.getInt(columns.partition());
    if (currentId.partition != partition || currentId.incarnation != incarnation) {
      currentId = new PartitionId(incarnation, partition);
      current =
          progress.computeIfAbsent(
              currentId, id -> new PartitionProgress(log.topic(), incarnation, partition));
    }
    if (columns.isRange(row)) {
      current.range(
          columns.rangeStart(row),
          columns.rangeEnd(row),
          KnownGap.Said.parse(columns.gaps(row), holes),
          columns.rangeLeaderEpoch(row),
          columns.rangeRecordEpoch(row));
      return;
    }
    long offset = row.getLong(columns.offset());
    current.record(offset);
    writeRecord(row, incarnation, partition, offset);
  }

  private void writeRecord(InternalRow row, int incarnation, int partition, long offset)
      throws IOException {
    if (open.isEmpty()) {
      open = Optional.of(create(incarnation, partition, offset));
    }
    FileWriter writer = open.get().writer();
    long timestamp = columns.timestamp(row);
    LineEncoder line =
        writer.begin(
            incarnation,
            partition,
            offset,
            timestamp,
            TimestampType.of(columns.timestampType(row, timestamp)));
    if (columns.hasKey(row)) {
      line.key(columns.key(row));
    }
    if (columns.hasHeaders(row)) {
      writeHeaders(row.getArray(columns.headers()), line);
    }
    if (columns.hasValue(row)) {
      line.value(columns.value(row));
    }
    writer.end();
    if (writer.records() >= target.fileMaxRecords()
        || writer.lineBytes() >= target.fileMaxBytes()) {
      finishFile();
    }
  }

  private static void writeHeaders(ArrayData headers, LineEncoder line) {
    for (int i = 0; i < headers.numElements(); i++) {
      InternalRow header = headers.getStruct(i, 2);
      byte[] name = header.getUTF8String(0).getBytes();
      if (header.isNullAt(1)) {
        line.headerWithoutValue(name);
      } else {
        line.header(name, header.getBinary(1));
      }
    }
  }

  private OpenFile create(int incarnation, int partition, long offset) {
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(ingestTime), ZoneOffset.UTC);
    String path =
        "date=%s/%s%05d-%020d-%s%s"
            .formatted(
                day,
                incarnation == 0 ? "" : "i%d-".formatted(incarnation),
                partition,
                offset,
                UUID.randomUUID().toString().replace("-", ""),
                target.compression().suffix());
    return new OpenFile(
        new FileWriter(
            log.store().create(new Path(log.folder(), path)), log.topic(), target.compression()),
        path);
  }

  private void finishFile() throws IOException {
    if (open.isPresent()) {
      files.add(open.get().writer().finish(open.get().path()));
      open = Optional.empty();
    }
  }

  /** Ends the last file, which makes it appear. */
  TaskReport.Topic finish(GapKind holes) throws IOException {
    List<TaskReport.Range> ranges = new ArrayList<>();
    for (PartitionProgress partition : progress.values()) {
      ranges.addAll(partition.finish(columns.plansRanges(), holes));
    }
    finishFile();
    return new TaskReport.Topic(log.topic(), base.sequence(), ingestTime, files, ranges);
  }

  /** Frees what a file that was not finished holds; the file never appears. */
  void close() throws IOException {
    if (open.isPresent()) {
      open.get().writer().close();
      open = Optional.empty();
    }
  }
}
