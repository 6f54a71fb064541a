package dev.tributary.benchmarks;

/** The events of a topic, each a function of its number alone. */
interface NumberedEvents {
  /** Epoch milliseconds. */
  long timestamp(long event);

  /** The key of the Kafka record. */
  byte[] key(long event);

  /** The event's JSON. */
  byte[] value(long event);
}
