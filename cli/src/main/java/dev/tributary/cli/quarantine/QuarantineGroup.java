package dev.tributary.cli.quarantine;

import java.util.Optional;

/**
 * The records of one code and step.
 *
 * @param dataset that was written
 * @param code why, in a word
 * @param step the step that refused them
 * @param records how many they are
 * @param first of them, by raw position
 * @param last of them
 * @param example a message of one of them
 */
public record QuarantineGroup(
    String dataset,
    String code,
    String step,
    long records,
    Place first,
    Place last,
    Optional<String> example) {
  /**
   * Where a record is, and when it was archived.
   *
   * @param topic the Kafka topic
   * @param incarnation of the topic
   * @param partition of the topic
   * @param offset of the record
   * @param ingestTime epoch milliseconds
   */
  public record Place(String topic, int incarnation, int partition, long offset, long ingestTime) {
    private static Place of(QuarantinedRecord record) {
      return new Place(
          record.topic(),
          record.incarnation(),
          record.partition(),
          record.offset(),
          record.ingestTime());
    }

    /** {@code orders/3:4711}, with the incarnation where it is not the first. */
    public String coordinates() {
      String name = incarnation == 0 ? topic : topic + "#" + incarnation;
      return "%s/%d:%d".formatted(name, partition, offset);
    }
  }

  /** What is known of a group while the table is read. */
  static final class Tally {
    private long records;
    private QuarantinedRecord first;
    private QuarantinedRecord last;

    void add(QuarantinedRecord record) {
      records++;
      if (first == null || record.compareTo(first) < 0) {
        first = record;
      }
      if (last == null || record.compareTo(last) > 0) {
        last = record;
      }
    }

    QuarantineGroup group() {
      return new QuarantineGroup(
          last.dataset(),
          last.code(),
          last.step(),
          records,
          Place.of(first),
          Place.of(last),
          last.message().or(first::message));
    }
  }
}
