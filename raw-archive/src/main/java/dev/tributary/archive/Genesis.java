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

  /** Whether an offset means the same record there: cluster and topic id are the same. */
  public boolean sameTopic(Genesis other) {
    return clusterId.equals(other.clusterId) && topicId.equals(other.topicId);
  }

  /** The same, but no partition starts before what an earlier incarnation of it has archived. */
  Genesis notBefore(ManifestEntry head, int earlier) {
    List<PartitionStart> later =
        start.stream()
            .map(
                each ->
                    new PartitionStart(
                        each.partition(),
                        Math.max(each.offset(), head.watermark(earlier, each.partition()))))
            .toList();
    return new Genesis(topic, clusterId, topicId, isolation, later);
  }
}
