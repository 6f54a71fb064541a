package dev.tributary.phase1;

import dev.tributary.archive.GapKind;
import java.io.Serializable;
import org.apache.kafka.common.TopicPartition;

/**
 * Offsets of a partition that a batch reads.
 *
 * @param topic the topic
 * @param topicId Kafka's id of the topic that was planned
 * @param incarnation of the topic in the archive
 * @param partition of the topic
 * @param start the first offset: the archive's watermark
 * @param end exclusive
 * @param holes why an offset in between may have no record
 * @param averageBytes about how big a record is
 */
record PlannedRange(
    String topic,
    String topicId,
    int incarnation,
    int partition,
    long start,
    long end,
    GapKind holes,
    long averageBytes)
    implements Serializable {

  long offsets() {
    return end - start;
  }

  long bytes() {
    return offsets() * averageBytes;
  }

  TopicPartition topicPartition() {
    return new TopicPartition(topic, partition);
  }
}
