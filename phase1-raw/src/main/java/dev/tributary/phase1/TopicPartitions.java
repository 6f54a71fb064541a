package dev.tributary.phase1;

import java.util.Comparator;
import org.apache.kafka.common.TopicPartition;

/** The order in which partitions are shown and planned. */
final class TopicPartitions {
  static final Comparator<TopicPartition> ORDER =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  private TopicPartitions() {}
}
