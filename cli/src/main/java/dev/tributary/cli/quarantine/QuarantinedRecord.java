package dev.tributary.cli.quarantine;

import java.util.Comparator;
import java.util.Optional;

/**
 * A record that a plan set aside. The natural order is that of the raw position.
 *
 * @param topic the Kafka topic
 * @param incarnation of the topic
 * @param partition of the topic
 * @param offset of the record
 * @param timestamp the record's own, epoch milliseconds
 * @param ingestTime when it was archived, epoch milliseconds
 * @param sequence the manifest entry that took it in
 * @param key its text, cut where it is long
 * @param step the step that refused it
 * @param code why, in a word
 * @param message why
 * @param dataset that was written
 * @param datasetVersion its version
 * @param plan that set it aside
 * @param resolved what a replay made of it later; empty: it stands in the quarantine
 * @param value its bytes; empty where they were not asked for
 */
public record QuarantinedRecord(
    String topic,
    int incarnation,
    int partition,
    long offset,
    Optional<Long> timestamp,
    long ingestTime,
    long sequence,
    Optional<String> key,
    String step,
    String code,
    Optional<String> message,
    String dataset,
    long datasetVersion,
    long plan,
    Optional<Resolution> resolved,
    Optional<ArchivedValue> value)
    implements Comparable<QuarantinedRecord> {
  private static final Comparator<QuarantinedRecord> RAW_POSITION =
      Comparator.comparingLong(QuarantinedRecord::ingestTime)
          .thenComparing(QuarantinedRecord::topic)
          .thenComparingLong(QuarantinedRecord::sequence)
          .thenComparingInt(QuarantinedRecord::partition)
          .thenComparingLong(QuarantinedRecord::offset)
          .thenComparingLong(QuarantinedRecord::plan);

  /**
   * The end of a record's stay in the quarantine.
   *
   * @param plan the replay that made rows of it, or found something newer
   * @param at when, epoch milliseconds
   */
  public record Resolution(long plan, long at) {}

  @Override
  public int compareTo(QuarantinedRecord other) {
    return RAW_POSITION.compare(this, other);
  }

  /** {@code orders/3:4711}, with the incarnation where it is not the first. */
  public String coordinates() {
    return coordinates(topic, incarnation, partition, offset);
  }

  static String coordinates(String topic, int incarnation, int partition, long offset) {
    String name = incarnation == 0 ? topic : topic + "#" + incarnation;
    return "%s/%d:%d".formatted(name, partition, offset);
  }

  /** The same with its bytes. */
  public QuarantinedRecord withValue(ArchivedValue archived) {
    return new QuarantinedRecord(
        topic,
        incarnation,
        partition,
        offset,
        timestamp,
        ingestTime,
        sequence,
        key,
        step,
        code,
        message,
        dataset,
        datasetVersion,
        plan,
        resolved,
        Optional.of(archived));
  }
}
