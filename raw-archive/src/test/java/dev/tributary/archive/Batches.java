package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Requests as a writer makes them, whose files need not exist. */
final class Batches {
  static final Author AUTHOR = new Author("run-1", "test 1");
  static final long NOON = 1_763_726_400_000L;

  private Batches() {}

  static Genesis genesis(PartitionStart... starts) {
    return new Genesis("orders", "cluster", "topic-id", Isolation.READ_COMMITTED, List.of(starts));
  }

  /** A batch of one partition in which every offset has a record. */
  static CommitRequest full(long base, int partition, long start, long end) {
    return request(
        base,
        List.of(new OffsetRange(0, partition, start, end)),
        List.of(),
        List.of(file(segment(0, partition, start, end - 1))));
  }

  static CommitRequest request(
      long base, List<OffsetRange> ranges, List<Gap> gaps, List<ArchiveFile> files) {
    return new CommitRequest(AUTHOR, base, NOON + base, ranges, gaps, files);
  }

  static Segment segment(int incarnation, int partition, long first, long last) {
    return new Segment(
        incarnation, partition, first, last, last - first + 1, 0, 10, 20, "00000000", 1, 2);
  }

  static ArchiveFile file(Segment... segments) {
    return new ArchiveFile(
        "date=2025-11-21/" + UUID.randomUUID() + ".jsonl",
        Compression.NONE,
        10L * segments.length,
        List.of(segments));
  }

  /** Every offset of a partition that the log holds a record of, in the order of its entries. */
  static List<Long> offsets(ManifestLog log, int incarnation, int partition) {
    List<Long> offsets = new ArrayList<>();
    for (ManifestEntry entry : log.range(0, log.requireHead().sequence())) {
      for (ArchiveFile file : entry.files()) {
        for (Segment segment : file.segments()) {
          if (segment.incarnation() == incarnation && segment.partition() == partition) {
            for (long offset = segment.first(); offset <= segment.last(); offset++) {
              offsets.add(offset);
            }
          }
        }
      }
    }
    return offsets;
  }
}
