package dev.tributary.phase2.execute;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import org.apache.hadoop.conf.Configuration;

/**
 * How much a plan reads, as the manifest says.
 *
 * @param records its records
 * @param bytes of their lines
 */
record SourceSize(long records, long bytes) {
  static SourceSize of(PlanSource source, Configuration configuration) {
    long records = 0;
    long bytes = 0;
    for (EntryRange range : source.ranges()) {
      ManifestLog log = ManifestLog.open(source.archive(), range.topic(), configuration);
      for (ManifestEntry entry : log.range(range.from(), range.to())) {
        for (ArchiveFile file : entry.files()) {
          for (Segment segment : file.segments()) {
            records += segment.records();
            bytes += segment.decodedLength();
          }
        }
      }
    }
    return new SourceSize(records, bytes);
  }
}
