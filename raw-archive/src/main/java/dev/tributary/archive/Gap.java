package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.OptionalLong;

/**
 * Offsets that an entry accounts for without a record.
 *
 * @param incarnation of the topic
 * @param partition of the topic
 * @param start the first offset
 * @param end exclusive
 * @param kind why there is no record
 * @param offsets how many offsets of [start, end) are meant, where it is not all of them: a span
 *     that stands for many small gaps of one kind; the others are records of the same entry
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Gap(
    int incarnation, int partition, long start, long end, GapKind kind, OptionalLong offsets) {
  /** Refuses an empty gap and a count that the span cannot hold with LOG_CORRUPT. */
  public Gap {
    offsets = offsets == null ? OptionalLong.empty() : offsets;
    if (start < 0 || end <= start || offsets.orElse(1) < 1 || offsets.orElse(1) > end - start) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "The gap [%d, %d) of partition %d with %s offsets is not possible. Check who wrote it."
              .formatted(start, end, partition, offsets));
    }
  }

  /** A gap of every offset in [start, end). */
  public static Gap of(int incarnation, int partition, long start, long end, GapKind kind) {
    return new Gap(incarnation, partition, start, end, kind, OptionalLong.empty());
  }

  /** How many offsets it accounts for. */
  @JsonIgnore
  public long count() {
    return offsets.orElse(end - start);
  }
}
