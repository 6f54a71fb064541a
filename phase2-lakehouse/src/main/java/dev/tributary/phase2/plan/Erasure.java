package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * Which records a plan takes out for good. It names them by their coordinates alone, so that the
 * plan log says nothing of what they held.
 *
 * @param id random; the same in all plans of one erasure, whatever table they stand beside
 * @param reason why, in the words of who asked for it
 * @param part which part of the erasure this is, from 0
 * @param parts how many there are; plans of several tables share the numbers
 * @param archive whether the plan takes them out of the archive too: of the datasets that an
 *     erasure is about the last one's plans do
 * @param records the records
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Erasure(
    String id, String reason, int part, int parts, boolean archive, List<Offsets> records) {
  /** As many records as a plan may name. */
  public static final int MOST_RECORDS = 10_000;

  /** Refuses an erasure of nothing. */
  public Erasure {
    requireNonNull(id, "id");
    requireNonNull(reason, "reason");
    records = List.copyOf(records);
    if (records.isEmpty()) {
      throw new IllegalArgumentException("An erasure names at least one record.");
    }
  }

  /**
   * Records of one partition.
   *
   * @param topic the topic
   * @param incarnation the topic's incarnation
   * @param partition the partition
   * @param offsets ascending
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Offsets(String topic, int incarnation, int partition, List<Long> offsets) {
    /** Refuses offsets of no topic. */
    public Offsets {
      requireNonNull(topic, "topic");
      offsets = offsets.stream().distinct().sorted().toList();
    }
  }

  /** How many records. */
  @JsonIgnore
  public long count() {
    return records.stream().mapToLong(each -> each.offsets().size()).sum();
  }

  /** Whether the record is among them. */
  public boolean names(String topic, int incarnation, int partition, long offset) {
    return records.stream()
        .anyMatch(
            each ->
                each.topic().equals(topic)
                    && each.incarnation() == incarnation
                    && each.partition() == partition
                    && java.util.Collections.binarySearch(each.offsets(), offset) >= 0);
  }
}
