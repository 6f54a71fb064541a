package dev.tributary.archive;

import dev.tributary.core.spec.Isolation;
import java.util.List;
import java.util.Map;

/**
 * What an incarnation of a topic is.
 *
 * @param topic the Kafka topic
 * @param clusterId of the Kafka cluster, or {@link #UNKNOWN_ID}
 * @param topicId Kafka's id of this creation of the topic, or {@link #UNKNOWN_ID}
 * @param isolation which transactional records are read
 * @param start where the first read of each partition began; partitions not named begin at 0
 */
public record Genesis(
    String topic,
    String clusterId,
    String topicId,
    Isolation isolation,
    List<PartitionStart> start) {
  /** In place of an id that the brokers do not tell. */
  public static final String UNKNOWN_ID = "unknown";

  /** What Kafka's clients give as the id of a topic of brokers that have none. */
  private static final String NO_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA";

  /** Copies the list. */
  public Genesis {
    topicId = topicId(topicId);
    start = List.copyOf(start);
  }

  /** A topic's id as Kafka's clients give it, or {@link #UNKNOWN_ID} for their word for none. */
  public static String topicId(String told) {
    return told.equals(NO_TOPIC_ID) ? UNKNOWN_ID : told;
  }

  /**
   * Whether an offset means the same record there: cluster and topic id are the same. Of unknown
   * ones that is an operator's promise.
   */
  public boolean sameTopic(Genesis other) {
    return clusterId.equals(other.clusterId) && topicId.equals(other.topicId);
  }

  /** Whether it is certainly another topic: two ids that are known are not the same. */
  public boolean otherTopic(Genesis other) {
    return contradict(clusterId, other.clusterId) || contradict(topicId, other.topicId);
  }

  private static boolean contradict(String one, String other) {
    return !one.equals(UNKNOWN_ID) && !other.equals(UNKNOWN_ID) && !one.equals(other);
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

  /**
   * What follows where Kafka gave offsets of a head's incarnation to other records: its partitions
   * start where they differ, the others at its end.
   */
  Genesis after(ManifestEntry head, Map<Integer, Divergence> differ, Isolation now) {
    List<PartitionStart> starts =
        head.partitions().stream()
            .filter(account -> account.incarnation() == head.incarnation())
            .map(
                account ->
                    new PartitionStart(
                        account.partition(),
                        differ.containsKey(account.partition())
                            ? differ.get(account.partition()).offset()
                            : account.next()))
            .toList();
    return new Genesis(topic, clusterId, topicId, now, starts);
  }
}
