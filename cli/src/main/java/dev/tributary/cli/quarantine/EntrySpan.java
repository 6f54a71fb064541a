package dev.tributary.cli.quarantine;

/**
 * Entries of a topic's archive, one after the other.
 *
 * @param topic the Kafka topic
 * @param from the first sequence
 * @param before the sequence after the last
 */
public record EntrySpan(String topic, long from, long before) {
  /** Whether there are none. */
  public boolean isEmpty() {
    return before <= from;
  }

  boolean holds(QuarantinedRecord record) {
    return record.topic().equals(topic) && record.sequence() >= from && record.sequence() < before;
  }
}
