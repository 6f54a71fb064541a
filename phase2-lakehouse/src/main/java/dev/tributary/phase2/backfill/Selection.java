package dev.tributary.phase2.backfill;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which records a person asked for: those on which all of its parts agree.
 *
 * @param fromDate the first day of ingest, UTC
 * @param toDate the last
 * @param fromTime the least timestamp of a record
 * @param toTime the timestamp that is too late
 * @param fromSequence the first manifest entries
 * @param toSequence the last manifest entries
 * @param fromOffsets the first offsets
 * @param toOffsets the offsets that are too great
 * @param incarnation that the offsets are of; empty: the current one
 */
public record Selection(
    Optional<LocalDate> fromDate,
    Optional<LocalDate> toDate,
    Optional<Instant> fromTime,
    Optional<Instant> toTime,
    List<EntryBound> fromSequence,
    List<EntryBound> toSequence,
    List<OffsetBound> fromOffsets,
    List<OffsetBound> toOffsets,
    OptionalInt incarnation) {
  /** Everything. */
  public static final Selection ALL =
      new Selection(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          OptionalInt.empty());

  /** Copies the lists. */
  public Selection {
    fromSequence = List.copyOf(fromSequence);
    toSequence = List.copyOf(toSequence);
    fromOffsets = List.copyOf(fromOffsets);
    toOffsets = List.copyOf(toOffsets);
  }

  /**
   * A manifest entry.
   *
   * @param topic whose; empty: of the source's only topic
   * @param sequence its place in the log
   */
  public record EntryBound(String topic, long sequence) {}

  /**
   * An offset.
   *
   * @param topic whose; empty: of the source's only topic
   * @param partition of the topic
   * @param offset in the partition
   */
  public record OffsetBound(String topic, int partition, long offset) {}

  boolean selectsOffsets() {
    return !fromOffsets.isEmpty() || !toOffsets.isEmpty();
  }
}
