package dev.tributary.archive;

import java.util.Comparator;

/**
 * A record's coordinates within its topic.
 *
 * @param incarnation of the topic
 * @param partition of the topic
 * @param offset of the record
 */
public record RecordPlace(int incarnation, int partition, long offset)
    implements Comparable<RecordPlace> {
  private static final Comparator<RecordPlace> ORDER =
      Comparator.comparingInt(RecordPlace::incarnation)
          .thenComparingInt(RecordPlace::partition)
          .thenComparingLong(RecordPlace::offset);

  @Override
  public int compareTo(RecordPlace other) {
    return ORDER.compare(this, other);
  }
}
