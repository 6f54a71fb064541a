package dev.tributary.archive.file;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;

/**
 * A run of lines of one partition in a file, compressed on its own.
 *
 * @param incarnation of the topic
 * @param partition of its records
 * @param first the offset of its first record
 * @param last the offset of its last record
 * @param records how many it holds
 * @param start where its stored bytes begin in the file
 * @param length how many stored bytes it has
 * @param decodedLength how many bytes its lines have
 * @param crc32 of the stored bytes, 8 lower-case hex digits
 * @param minTimestamp the least timestamp of its records, epoch milliseconds; -1 stands for a
 *     record without one
 * @param maxTimestamp the greatest
 */
public record Segment(
    int incarnation,
    int partition,
    long first,
    long last,
    long records,
    long start,
    long length,
    long decodedLength,
    String crc32,
    long minTimestamp,
    long maxTimestamp) {
  /** Refuses what cannot be a segment. */
  public Segment {
    boolean possible =
        incarnation >= 0
            && partition >= 0
            && first >= 0
            && last >= first
            && records > 0
            && start >= 0
            && length > 0
            && decodedLength > 0
            && crc32 != null;
    if (!possible) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "A segment cannot be partition %d, offsets %d to %d, %d records, %d bytes from %d, %d decoded, CRC-32 %s. Restore the manifest entry from a copy."
              .formatted(partition, first, last, records, length, start, decodedLength, crc32));
    }
  }
}
