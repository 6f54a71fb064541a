package dev.tributary.archive;

import java.util.List;

/**
 * Records that an erasure took out.
 *
 * @param incarnation of the topic
 * @param partition of the topic
 * @param offsets of the records, ascending
 */
public record ErasedRecords(int incarnation, int partition, List<Long> offsets) {
  /** Copies the offsets. */
  public ErasedRecords {
    offsets = List.copyOf(offsets);
  }
}
