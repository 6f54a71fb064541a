package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TestRecord;
import dev.tributary.core.spec.Compression;
import dev.tributary.storage.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.fs.Path;

/** Writes batches of real records into an archive, and reads them back by the log. */
final class UpkeepArchive {
  static final Author AUTHOR = new Author("run-1", "test 1");

  /** A record that was read, and the entry that first held it. */
  record Read(long sequence, long ingestTime, TestRecord record) {}

  private UpkeepArchive() {}

  /**
   * Writes one file with the next records of partitions and commits it.
   *
   * @return the records
   */
  static List<TestRecord> commit(
      ManifestLog log, Random random, Compression compression, long now, int... counts) {
    ManifestEntry head = log.requireHead();
    long base = head.sequence();
    long time = Math.max(now, head.ingestTime());
    String path =
        "date=%s/%s%s"
            .formatted(
                LocalDate.ofInstant(Instant.ofEpochMilli(time), ZoneOffset.UTC),
                UUID.randomUUID(),
                compression.suffix());
    List<TestRecord> records = new ArrayList<>();
    List<OffsetRange> ranges = new ArrayList<>();
    try (FileWriter writer =
        new FileWriter(
            log.store().create(new Path(log.folder(), path)), log.topic(), compression)) {
      for (int partition = 0; partition < counts.length; partition++) {
        long start = head.watermark(0, partition);
        if (counts[partition] > 0) {
          ranges.add(new OffsetRange(0, partition, start, start + counts[partition]));
        }
        for (long offset = start; offset < start + counts[partition]; offset++) {
          records.add(write(writer, random, partition, offset));
        }
      }
      ArchiveFile file = writer.finish(path);
      log.commit(new CommitRequest(AUTHOR, base, time, ranges, List.of(), List.of(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return records;
  }

  private static TestRecord write(FileWriter writer, Random random, int partition, long offset)
      throws IOException {
    TestRecord any = TestRecord.random(random, offset);
    TestRecord record =
        new TestRecord(
            partition, offset, any.timestamp(), any.type(), any.key(), any.headers(), any.value());
    LineEncoder line = writer.begin(0, partition, offset, record.timestamp(), record.type());
    record.appendBodyTo(line);
    writer.end();
    return record;
  }

  static RecordPlace place(TestRecord record) {
    return new RecordPlace(0, record.partition(), record.offset());
  }

  /** Everything that a reader finds, in its order. */
  static List<Read> read(ManifestLog log) {
    return read(log, log.held(0, log.requireHead().sequence()));
  }

  /** What a reader finds that has planned with entries. */
  static List<Read> read(ManifestLog log, List<ManifestEntry> planned) {
    List<Read> found = new ArrayList<>();
    for (ManifestEntry entry : planned) {
      for (ArchiveFile file : entry.files()) {
        for (Segment segment : file.segments()) {
          SegmentReader reader = open(log, file, segment);
          while (reader.next()) {
            found.add(new Read(entry.sequence(), entry.ingestTime(), TestRecord.of(reader.line())));
          }
        }
      }
    }
    return found;
  }

  private static SegmentReader open(ManifestLog log, ArchiveFile file, Segment segment) {
    ObjectStore store = log.store();
    byte[] stored =
        store
            .readRange(new Path(log.folder(), file.path()), segment.start(), (int) segment.length())
            .orElseThrow(() -> new AssertionError(file.path() + " is gone"));
    return SegmentReader.open(log.topic(), file, segment, stored);
  }

  /** By place, which must not be there twice. */
  static TreeMap<RecordPlace, Read> byPlace(List<Read> records) {
    TreeMap<RecordPlace, Read> places = new TreeMap<>();
    for (Read read : records) {
      if (places.put(place(read.record()), read) != null) {
        throw new AssertionError(place(read.record()) + " is there twice");
      }
    }
    return places;
  }
}
