package dev.tributary.cli.drift;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import dev.tributary.archive.line.LineView;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.List;
import org.apache.hadoop.fs.Path;

/** The newest entries of a topic's archive, read in its order, a segment in memory at a time. */
public final class ArchivedRecords {
  private static final int ENTRIES_AT_ONCE = 64;

  private final ManifestLog log;
  private final long from;
  private final long to;

  private ArchivedRecords(ManifestLog log, long from, long to) {
    this.log = log;
    this.from = from;
    this.to = to;
  }

  /** Is given a record; the line is the reader's own and changes with the next one. */
  public interface Reader {
    /** One record. */
    void record(Place place, LineView line);
  }

  /** The last whole entries that together hold at least so many records, or all there are. */
  public static ArchivedRecords newest(ManifestLog log, long records) {
    long head = head(log);
    long first = firstHeld(log);
    long from = head + 1;
    long found = 0;
    while (from > first && found < records) {
      List<ManifestEntry> held = log.held(Math.max(first, from - ENTRIES_AT_ONCE), from - 1);
      for (int i = held.size() - 1; i >= 0 && found < records; i--) {
        from = held.get(i).sequence();
        found += held.get(i).fileRecords();
      }
    }
    return new ArchivedRecords(log, from, head);
  }

  /** The entries from a time on, epoch milliseconds. */
  public static ArchivedRecords since(ManifestLog log, long time) {
    long head = head(log);
    long from = log.sequenceAt(time).orElse(head + 1);
    return new ArchivedRecords(log, Math.max(firstHeld(log), from), head);
  }

  /** -1 where there is no archive yet. */
  private static long head(ManifestLog log) {
    return log.head().map(ManifestEntry::sequence).orElse(-1L);
  }

  /** What came before has expired. */
  private static long firstHeld(ManifestLog log) {
    return log.head().map(head -> head.expiredBefore().orElse(0)).orElse(0L);
  }

  /**
   * Reads them.
   *
   * @throws TributaryException ARCHIVE_CHECKSUM where a file is gone or not what was written,
   *     STORE_UNAVAILABLE
   */
  public void read(Reader reader) {
    for (long at = from; at <= to; at += ENTRIES_AT_ONCE) {
      for (ManifestEntry entry : log.held(at, Math.min(to, at + ENTRIES_AT_ONCE - 1))) {
        for (ArchiveFile file : entry.files()) {
          file.segments().forEach(segment -> read(file, segment, reader));
        }
      }
    }
  }

  private void read(ArchiveFile file, Segment segment, Reader reader) {
    Path path = new Path(log.folder(), file.path());
    byte[] stored =
        log.store()
            .readRange(path, segment.start(), Math.toIntExact(segment.length()))
            .orElseThrow(
                () ->
                    new TributaryException(
                        ErrorCode.ARCHIVE_CHECKSUM,
                        "The archive's file '%s' is gone. Restore it from an object version or a backup."
                            .formatted(path)));
    SegmentReader lines = SegmentReader.open(log.topic(), file, segment, stored);
    while (lines.next()) {
      LineView line = lines.line();
      reader.record(
          new Place(log.topic(), segment.incarnation(), segment.partition(), line.offset()), line);
    }
  }
}
