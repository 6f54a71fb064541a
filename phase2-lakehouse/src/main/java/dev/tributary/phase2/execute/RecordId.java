package dev.tributary.phase2.execute;

import java.io.Serializable;
import java.util.Comparator;

/** What names one record for ever; ordered by topic, then as its partition is. */
record RecordId(String topic, int incarnation, int partition, long offset)
    implements Serializable, Comparable<RecordId> {
  private static final long serialVersionUID = 1L;
  private static final Comparator<RecordId> ORDER =
      Comparator.comparing(RecordId::topic)
          .thenComparing(RecordId::incarnation)
          .thenComparing(RecordId::partition)
          .thenComparing(RecordId::offset);

  @Override
  public int compareTo(RecordId other) {
    return ORDER.compare(this, other);
  }
}
