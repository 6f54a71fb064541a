package dev.tributary.cli.quarantine;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads values of records from the raw archive by their coordinates. Asked in the order of the raw
 * position it reads each segment once; it holds one in memory. Not thread-safe.
 */
public final class ArchivedValues {
  private final SourceSpec source;
  private final Configuration configuration;
  private final int most;
  private final Map<String, ManifestLog> logs = new HashMap<>();
  private Optional<OpenEntry> entry = Optional.empty();
  private Optional<OpenSegment> segment = Optional.empty();

  /**
   * Values of a source's records.
   *
   * @param most how many bytes of a value are kept
   */
  public ArchivedValues(SourceSpec source, Configuration configuration, int most) {
    this.source = source;
    this.configuration = configuration;
    this.most = most;
  }

  /** An entry with its segments where they lie now. */
  private record OpenEntry(ManifestLog log, ManifestEntry entry) {
    boolean took(QuarantinedRecord record) {
      return log.topic().equals(record.topic()) && entry.sequence() == record.sequence();
    }
  }

  /** A segment that is being read. */
  private static final class OpenSegment {
    private final OpenEntry entry;
    private final Segment segment;
    private final SegmentReader reader;
    private long at = -1;

    OpenSegment(OpenEntry entry, Segment segment, SegmentReader reader) {
      this.entry = entry;
      this.segment = segment;
      this.reader = reader;
    }

    boolean isAhead(QuarantinedRecord record) {
      return entry.took(record) && spans(segment, record) && at <= record.offset();
    }

    boolean reaches(long offset) {
      while (at < offset && reader.next()) {
        at = reader.line().offset();
      }
      return at == offset;
    }
  }

  /**
   * The value of a record.
   *
   * @throws TributaryException ARCHIVE_CHECKSUM where a file is gone or not what was written,
   *     ARCHIVE_NOT_FOUND where there is no archive, STORE_UNAVAILABLE
   */
  public ArchivedValue of(QuarantinedRecord record) {
    if (segment.filter(open -> open.isAhead(record)).isEmpty()) {
      segment = open(record);
    }
    if (segment.isPresent() && segment.get().reaches(record.offset())) {
      return ArchivedValue.of(segment.get().reader.line(), most);
    }
    boolean expired =
        record.sequence() < log(record.topic()).requireHead().expiredBefore().orElse(0);
    return ArchivedValue.none(
        expired ? ArchivedValue.Absence.EXPIRED : ArchivedValue.Absence.ERASED);
  }

  private Optional<OpenSegment> open(QuarantinedRecord record) {
    OpenEntry held = entry(record);
    for (ArchiveFile file : held.entry().files()) {
      for (Segment each : file.segments()) {
        if (spans(each, record)) {
          return Optional.of(new OpenSegment(held, each, read(held.log(), file, each)));
        }
      }
    }
    return Optional.empty();
  }

  private OpenEntry entry(QuarantinedRecord record) {
    if (entry.filter(open -> open.took(record)).isEmpty()) {
      ManifestLog log = log(record.topic());
      entry =
          Optional.of(new OpenEntry(log, log.held(record.sequence(), record.sequence()).get(0)));
    }
    return entry.orElseThrow();
  }

  private ManifestLog log(String topic) {
    return logs.computeIfAbsent(
        topic, name -> ManifestLog.open(source.archive().location(), name, configuration));
  }

  private static SegmentReader read(ManifestLog log, ArchiveFile file, Segment segment) {
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
    return SegmentReader.open(log.topic(), file, segment, stored);
  }

  private static boolean spans(Segment segment, QuarantinedRecord record) {
    return segment.incarnation() == record.incarnation()
        && segment.partition() == record.partition()
        && segment.first() <= record.offset()
        && record.offset() <= segment.last();
  }
}
