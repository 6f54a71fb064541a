package dev.tributary.cli.reconcile;

import dev.tributary.archive.Genesis;
import java.util.Map;
import java.util.Optional;

/**
 * Which cluster answered, and which creations of the topics it holds.
 *
 * @param clusterId of the cluster
 * @param topicIds by topic; one that the cluster does not know is not among them
 */
public record KafkaIdentity(String clusterId, Map<String, String> topicIds) {
  /** Copies the map. */
  public KafkaIdentity {
    topicIds = Map.copyOf(topicIds);
  }

  /** Why what Kafka holds cannot be compared with an archive; empty: it is the same topic. */
  Optional<String> otherThan(Genesis genesis) {
    String topic = genesis.topic();
    String id = topicIds.get(topic);
    Genesis now =
        new Genesis(
            topic,
            clusterId,
            id == null ? Genesis.UNKNOWN_ID : id,
            genesis.isolation(),
            genesis.start());
    if (id != null && !genesis.sameTopic(now) && !genesis.otherTopic(now)) {
      return Optional.of(
          "%s: whether it is the archive's topic cannot be known (the archive's cluster id is %s, its topic id %s; the brokers tell %s and %s)."
              .formatted(topic, genesis.clusterId(), genesis.topicId(), clusterId, id));
    }
    if (!genesis.clusterId().equals(clusterId)) {
      return Optional.of(
          "%s: the archive belongs to the Kafka cluster %s, the source's brokers are cluster %s."
              .formatted(topic, genesis.clusterId(), clusterId));
    }
    if (id == null) {
      return Optional.of(
          "%s: Kafka has no such topic any more; whether the archive has all that it held cannot be known."
              .formatted(topic));
    }
    if (!genesis.topicId().equals(id)) {
      return Optional.of(
          "%s: the topic was deleted and created again (its id is %s, the archive's %s); none of its records are archived."
              .formatted(topic, id, genesis.topicId()));
    }
    return Optional.empty();
  }
}
