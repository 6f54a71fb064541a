package dev.tributary.archive;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.OptionalInt;

/**
 * Offsets of one partition.
 *
 * @param incarnation of the topic
 * @param partition of the topic
 * @param start the first offset
 * @param end exclusive; may equal the start
 * @param leaderEpoch of the leader that Kafka had when it held all of them; empty: not known
 * @param recordEpoch the leader epoch that the last of its records bears; empty: not known, or none
 */
public record OffsetRange(
    int incarnation,
    int partition,
    long start,
    long end,
    OptionalInt leaderEpoch,
    OptionalInt recordEpoch) {
  /** Refuses a range that ends before it starts. */
  public OffsetRange {
    if (start < 0 || end < start) {
      throw new TributaryException(
          ErrorCode.ARCHIVE_ROW_INVALID,
          "The range [%d, %d) of partition %d ends before it starts. Give start <= end."
              .formatted(start, end, partition));
    }
  }

  /** Of a leader that nobody asked. */
  public OffsetRange(int incarnation, int partition, long start, long end) {
    this(incarnation, partition, start, end, OptionalInt.empty(), OptionalInt.empty());
  }
}
