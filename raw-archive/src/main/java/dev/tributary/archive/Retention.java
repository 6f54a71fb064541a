package dev.tributary.archive;

import java.util.List;

/**
 * What expired.
 *
 * @param from the first sequence whose segments expired by this
 * @param before the sequence after the last
 * @param olderThan epoch milliseconds: entries of an earlier ingest time were meant
 * @param records how many records expired
 * @param partitions the offsets, by incarnation and partition
 */
public record Retention(
    long from, long before, long olderThan, long records, List<ExpiredRange> partitions) {
  /** Copies the ranges. */
  public Retention {
    partitions = partitions == null ? List.of() : List.copyOf(partitions);
  }
}
