package dev.tributary.phase1;

import org.apache.kafka.common.KafkaException;

/** A client cannot make records of what the broker has next, and asking again does not help. */
final class UnreadableRecords extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnreadableRecords(KafkaException cause) {
    super(cause);
  }
}
