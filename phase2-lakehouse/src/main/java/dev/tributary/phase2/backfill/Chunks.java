package dev.tributary.phase2.backfill;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.RecordRange.Share;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * Cuts a range into chunks of whole entries, by what these held when they were put: every run of a
 * backfill cuts it alike, whatever was removed, rewritten or swept since.
 */
final class Chunks {
  /** Bounds what one plan has to look up. */
  private static final int MOST_ENTRIES = 512;

  /** So many entries without a record of the range are not read for the next that has one. */
  private static final int MOST_SKIPPED = 16;

  private static final int ENTRIES_AT_ONCE = 500;

  private final PlanSource whole;
  private final long mostRecords;
  private final Configuration configuration;
  private final List<Chunk> chunks = new ArrayList<>();

  /**
   * A part of the range.
   *
   * @param entries its manifest entries
   * @param records about how many records of the range they held when they were put
   * @param bytes of their lines
   */
  record Chunk(EntryRange entries, long records, long bytes) {}

  private Chunks(PlanSource whole, long mostRecords, Configuration configuration) {
    this.whole = whole;
    this.mostRecords = mostRecords;
    this.configuration = configuration;
  }

  /**
   * The chunks, in the order in which they are done; entries that held no record are in none.
   *
   * @param mostRecords about how many records a chunk has; at least one entry is taken
   */
  static List<Chunk> of(PlanSource whole, long mostRecords, Configuration configuration) {
    Chunks chunks = new Chunks(whole, mostRecords, configuration);
    whole.ranges().forEach(chunks::cut);
    return List.copyOf(chunks.chunks);
  }

  private void cut(EntryRange range) {
    ManifestLog log = ManifestLog.open(whole.archive(), range.topic(), configuration);
    long first = -1;
    long last = -1;
    long records = 0;
    long bytes = 0;
    for (long from = range.from(); from <= range.to(); from += ENTRIES_AT_ONCE) {
      for (ManifestEntry entry :
          log.range(from, Math.min(range.to(), from + ENTRIES_AT_ONCE - 1))) {
        List<Segment> held = touched(range.topic(), entry);
        if (held.isEmpty()) {
          continue;
        }
        long more = held.stream().mapToLong(Segment::records).sum();
        boolean full =
            records + more > mostRecords
                || entry.sequence() - first >= MOST_ENTRIES
                || entry.sequence() - last > MOST_SKIPPED;
        if (first >= 0 && full) {
          chunks.add(new Chunk(new EntryRange(range.topic(), first, last), records, bytes));
          first = -1;
          records = 0;
          bytes = 0;
        }
        first = first < 0 ? entry.sequence() : first;
        last = entry.sequence();
        records += more;
        bytes += held.stream().mapToLong(Segment::decodedLength).sum();
      }
    }
    if (first >= 0) {
      chunks.add(new Chunk(new EntryRange(range.topic(), first, last), records, bytes));
    }
  }

  private List<Segment> touched(String topic, ManifestEntry entry) {
    return entry.files().stream()
        .map(ArchiveFile::segments)
        .flatMap(List::stream)
        .filter(
            segment ->
                whole.within().isEmpty()
                    || whole.within().get().share(topic, segment) != Share.NONE)
        .toList();
  }
}
