package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * All that the archive ever said about a partition, cumulative.
 *
 * @param incarnation of the topic
 * @param partition of the topic
 * @param next the watermark: the first offset that the archive says nothing about
 * @param records how many records it took in
 * @param gaps how many offsets it explained without one, by kind
 * @param expired how many of the records retention took out
 * @param erased how many of the records erasure took out
 * @param leaderEpoch of the leader that Kafka had when it held the offsets below {@code next}: each
 *     of them bears it or an earlier one; empty: not known
 * @param recordEpoch the leader epoch that the last record bears; empty: not known, or none
 */
public record PartitionAccount(
    int incarnation,
    int partition,
    long next,
    long records,
    Map<GapKind, Long> gaps,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long expired,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long erased,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) OptionalInt leaderEpoch,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) OptionalInt recordEpoch) {
  /** Refuses an account that does not balance with LOG_CORRUPT. */
  public PartitionAccount {
    EnumMap<GapKind, Long> copy = new EnumMap<>(GapKind.class);
    if (gaps != null) {
      copy.putAll(gaps);
    }
    gaps = Collections.unmodifiableMap(copy);
    leaderEpoch = leaderEpoch == null ? OptionalInt.empty() : leaderEpoch;
    recordEpoch = recordEpoch == null ? OptionalInt.empty() : recordEpoch;
    long explained = copy.values().stream().mapToLong(Long::longValue).sum();
    if (next != records + explained) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          ("The account of partition %d (incarnation %d) does not balance: next offset %d, but %d"
                  + " records and %d offsets without one. Check who wrote the entry.")
              .formatted(partition, incarnation, next, records, explained));
    }
    if (expired < 0 || erased < 0 || expired + erased > records) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "Of the %d records of partition %d (incarnation %d), %d expired and %d were erased, which is not possible. Check who wrote the entry."
              .formatted(records, partition, incarnation, expired, erased));
    }
  }

  /** The account of a partition of which no record was taken out. */
  PartitionAccount(
      int incarnation, int partition, long next, long records, Map<GapKind, Long> gaps) {
    this(
        incarnation,
        partition,
        next,
        records,
        gaps,
        0,
        0,
        OptionalInt.empty(),
        OptionalInt.empty());
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

  /** How many of the records can still be read. */
  @JsonIgnore
  public long held() {
    return records - expired - erased;
  }

  /** Whether each of the records is known to bear a leader epoch or an earlier one. */
  boolean within(int epoch) {
    OptionalInt latest = recordEpoch.isPresent() ? recordEpoch : leaderEpoch;
    return records == 0 || (latest.isPresent() && latest.getAsInt() <= epoch);
  }

  PartitionAccount without(long moreExpired, long moreErased) {
    return new PartitionAccount(
        incarnation,
        partition,
        next,
        records,
        gaps,
        expired + moreExpired,
        erased + moreErased,
        leaderEpoch,
        recordEpoch);
  }

  /**
   * With more offsets.
   *
   * @param epoch of the leader that held these: what was known of those before says nothing of them
   * @param newest that the last of the records bears
   */
  PartitionAccount plus(
      long moreRecords, Map<GapKind, Long> moreGaps, OptionalInt epoch, OptionalInt newest) {
    EnumMap<GapKind, Long> sum = new EnumMap<>(GapKind.class);
    sum.putAll(gaps);
    moreGaps.forEach((kind, count) -> sum.merge(kind, count, Long::sum));
    long explained = moreGaps.values().stream().mapToLong(Long::longValue).sum();
    return new PartitionAccount(
        incarnation,
        partition,
        next + moreRecords + explained,
        records + moreRecords,
        sum,
        expired,
        erased,
        epoch,
        moreRecords == 0 ? recordEpoch : newest);
  }
}
