package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.core.spec.Isolation;
import java.util.List;
import java.util.Optional;

/**
 * What a batch asks the log to take in.
 *
 * @param author who commits
 * @param baseSequence the head that the batch knew before it wrote its first file: a sweep after it
 *     may have removed the batch's files
 * @param ingestTime epoch milliseconds, chosen once a batch
 * @param ranges what the batch read of each partition, records or not
 * @param gaps the offsets of the ranges that have no record
 * @param files the files that hold the records; each segment lies in one range
 * @param isolation which transactional records the batch read; empty: not known
 */
public record CommitRequest(
    Author author,
    long baseSequence,
    long ingestTime,
    List<OffsetRange> ranges,
    List<Gap> gaps,
    List<ArchiveFile> files,
    Optional<Isolation> isolation) {
  /** Copies the lists. */
  public CommitRequest {
    ranges = List.copyOf(ranges);
    gaps = List.copyOf(gaps);
    files = List.copyOf(files);
  }

  /** Of a writer that does not know what its reader left out. */
  public CommitRequest(
      Author author,
      long baseSequence,
      long ingestTime,
      List<OffsetRange> ranges,
      List<Gap> gaps,
      List<ArchiveFile> files) {
    this(author, baseSequence, ingestTime, ranges, gaps, files, Optional.empty());
  }
}
