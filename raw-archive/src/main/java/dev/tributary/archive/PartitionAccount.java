package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * All that the archive ever said about a partition, cumulative.
 *
 * @param incarnation of the topic
 * @param partition of the topic
 * @param next the watermark: the first offset that the archive says nothing about
 * @param records how many records it took in
 * @param gaps how many offsets it explained without one, by kind
 */
public record PartitionAccount(
    int incarnation, int partition, long next, long records, Map<GapKind, Long> gaps) {
  /** Refuses an account that does not balance with LOG_CORRUPT. */
  public PartitionAccount {
    EnumMap<GapKind, Long> copy = new EnumMap<>(GapKind.class);
    if (gaps != null) {
      copy.putAll(gaps);
    }
    gaps = Collections.unmodifiableMap(copy);
    long explained = copy.values().stream().mapToLong(Long::longValue).sum();
    if (next != records + explained) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          ("The account of partition %d (incarnation %d) does not balance: next offset %d, but %d"
                  + " records and %d offsets without one. Check who wrote the entry.")
              .formatted(partition, incarnation, next, records, explained));
    }
  }

  /** The account of a partition that nothing is known of yet. */
  static PartitionAccount empty(int incarnation, int partition) {
    return new PartitionAccount(incarnation, partition, 0, 0, Map.of());
  }

  /** The offsets explained without a record, of all kinds. */
  @JsonIgnore
  public long gapOffsets() {
    return next - records;
  }

  PartitionAccount plus(long moreRecords, Map<GapKind, Long> moreGaps) {
    EnumMap<GapKind, Long> sum = new EnumMap<>(GapKind.class);
    sum.putAll(gaps);
    moreGaps.forEach((kind, count) -> sum.merge(kind, count, Long::sum));
    long explained = moreGaps.values().stream().mapToLong(Long::longValue).sum();
    return new PartitionAccount(
        incarnation, partition, next + moreRecords + explained, records + moreRecords, sum);
  }
}
