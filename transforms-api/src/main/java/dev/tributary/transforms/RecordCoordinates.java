package dev.tributary.transforms;

/**
 * Where a record comes from.
 *
 * @param topic the Kafka topic
 * @param incarnation 0, and one more each time the topic was created again
 * @param partition the Kafka partition
 * @param offset the Kafka offset
 */
public record RecordCoordinates(String topic, int incarnation, int partition, long offset) {}
