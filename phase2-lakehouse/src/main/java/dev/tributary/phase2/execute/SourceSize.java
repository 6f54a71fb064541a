package dev.tributary.phase2.execute;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.RecordRange;
import java.util.function.LongSupplier;
import org.apache.hadoop.conf.Configuration;

/**
 * How much a plan reads, as the manifest says.
 *
 * @param records its records
 * @param bytes of their lines
 */
record SourceSize(long records, long bytes) {
  /**
   * Adds up the segments.
   *
   * @param asOf the newest entry of each topic that counts
   * @param counted reads how many records there are, where a segment is cut and the manifest cannot
   *     say
   */
  static SourceSize of(
      PlanSource source, ArchiveHeads asOf, Configuration configuration, LongSupplier counted) {
    long records = 0;
    long bytes = 0;
    boolean cut = false;
    for (EntryRange range : source.ranges()) {
      ManifestLog log = ManifestLog.open(source.archive(), range.topic(), configuration);
      for (ManifestEntry entry : asOf.held(log, range)) {
        for (ArchiveFile file : entry.files()) {
          for (Segment segment : file.segments()) {
            RecordRange.Share share =
                source
                    .within()
                    .map(within -> within.share(range.topic(), segment))
                    .orElse(RecordRange.Share.WHOLE);
            if (share != RecordRange.Share.NONE) {
              records += segment.records();
              bytes += segment.decodedLength();
            }
            cut |= share == RecordRange.Share.SOME;
          }
        }
      }
    }
    return new SourceSize(cut ? counted.getAsLong() : records, bytes);
  }
}
