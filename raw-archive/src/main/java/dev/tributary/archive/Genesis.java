package dev.tributary.archive;

import dev.tributary.core.spec.Isolation;
import java.util.List;

/**
 * What an incarnation of a topic is.
 *
 * @param topic the Kafka topic
 * @param clusterId of the Kafka cluster
 * @param topicId Kafka's id of this creation of the topic
 * @param isolation which transactional records are read
 * @param start where the first read of each partition began; partitions not named begin at 0
 */
public record Genesis(
    String topic,
    String clusterId,
    String topicId,
    Isolation isolation,
    List<PartitionStart> start) {
  /** Copies the list. */
  public Genesis {
    start = List.copyOf(start);
  }
}
