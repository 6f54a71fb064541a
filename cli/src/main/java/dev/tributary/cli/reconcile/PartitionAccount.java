package dev.tributary.cli.reconcile;

import java.util.Map;
import java.util.Optional;

/**
 * The account of one partition: Kafka's range = records + gaps + waiting, records = what can still
 * be read + expired + erased, and nothing missing or twice.
 *
 * @param kafka the broker's range; empty for an incarnation that is no more, or a topic that is
 *     gone
 * @param next the archive's watermark
 * @param records how many records the archive took in
 * @param gaps offsets accounted for without a record, by kind
 * @param expired how many of the records retention took out
 * @param erased how many of the records erasure took out
 * @param waiting offsets that the broker holds and the archive does not yet
 * @param missing offsets that neither holds and no gap explains
 * @param twice records beyond one an offset
 */
public record PartitionAccount(
    String topic,
    int incarnation,
    int partition,
    Optional<KafkaRange> kafka,
    long next,
    long records,
    Map<String, Long> gaps,
    long expired,
    long erased,
    long waiting,
    long missing,
    long twice) {

  static PartitionAccount of(HeldPartition held, Optional<KafkaRange> kafka) {
    long hole = held.next() - held.records() - held.explained();
    long lost = kafka.map(range -> Math.max(0, range.start() - held.next())).orElse(0L);
    long waiting =
        kafka
            .map(range -> Math.max(0, range.end() - Math.max(held.next(), range.start())))
            .orElse(0L);
    return new PartitionAccount(
        held.topic(),
        held.incarnation(),
        held.partition(),
        kafka,
        held.next(),
        held.records(),
        held.gaps(),
        held.expired(),
        held.erased(),
        waiting,
        lost + Math.max(0, hole),
        Math.max(0, -hole));
  }

  /**
   * A partition that an archive has not met yet which is there: it was added since, and the archive
   * takes it from its first offset.
   */
  static PartitionAccount added(KafkaRange range, int incarnation) {
    return of(
        new HeldPartition(range.topic(), incarnation, range.partition(), 0, 0, Map.of(), 0, 0),
        Optional.of(range));
  }

  /** A partition of a topic without an archive: all of it waits, wherever retention left it. */
  static PartitionAccount unseen(KafkaRange range, int incarnation) {
    return new PartitionAccount(
        range.topic(),
        incarnation,
        range.partition(),
        Optional.of(range),
        range.start(),
        0,
        Map.of(),
        0,
        0,
        range.end() - range.start(),
        0,
        0);
  }

  PartitionAccount with(long moreMissing, long moreTwice) {
    return new PartitionAccount(
        topic,
        incarnation,
        partition,
        kafka,
        next,
        records,
        gaps,
        expired,
        erased,
        waiting,
        missing + moreMissing,
        twice + moreTwice);
  }

  /** Whether the archive is ahead of the broker, which only another topic of that name explains. */
  boolean aheadOfKafka() {
    return kafka.isPresent() && next > kafka.get().written();
  }
}
