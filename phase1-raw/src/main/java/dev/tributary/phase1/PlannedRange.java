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
 * @param leaderEpoch of the leader that held all of it when it was planned, or {@link #NO_EPOCH}
 * @param maxBytes its part of the batch's bytes of keys and values: bigger records than was guessed
 *     end the range early
 */
record PlannedRange(
    String topic,
    String topicId,
    int incarnation,
    int partition,
    long start,
    long end,
    GapKind holes,
    long averageBytes,
    int leaderEpoch,
    long maxBytes)
    implements Serializable {
  /** In place of an epoch that is not known. */
  static final int NO_EPOCH = -1;

  long offsets() {
    return end - start;
  }

  long bytes() {
    return offsets() * averageBytes;
  }

  PlannedRange atMost(long bytes) {
    return new PlannedRange(
        topic,
        topicId,
        incarnation,
        partition,
        start,
        end,
        holes,
        averageBytes,
        leaderEpoch,
        bytes);
  }

  TopicPartition topicPartition() {
    return new TopicPartition(topic, partition);
  }
}
