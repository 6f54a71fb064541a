package dev.tributary.local.demo;

import java.util.List;

/** Makes the messages of one topic from real records. The same factory makes the same messages. */
interface MessageFactory {
  /** The Kafka topic. */
  String topic();

  /** The next messages in order, about {@code count} of them, at least one. */
  List<DemoMessage> next(int count);

  /** What the table and its quarantine must hold once all messages made so far are in. */
  Expected expected();

  /**
   * The right answer.
   *
   * @param sent how many messages were made
   * @param rows how many rows the table must have
   * @param quarantined how many records must be in quarantine
   */
  record Expected(long sent, long rows, long quarantined) {}
}
