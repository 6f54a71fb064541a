package dev.tributary.cli.quarantine;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Values of records: what the raw archive holds, and of what has expired there, or whose file is
 * gone or damaged, what the quarantine does. Its table is read for that at the first such record,
 * and again once those are passed whose values it may have in memory at once. Not thread-safe.
 */
public final class KnownValues {
  /** So many bytes of values are held at most. */
  private static final long MOST_BYTES = 64L << 20;

  private final ArchivedValues archived;
  private final QuarantineTable table;
  private final List<QuarantinedRecord> records;
  private final int most;
  private Optional<String> damage = Optional.empty();
  private Set<String> asked = Set.of();
  private Map<String, ArchivedValue> kept = Map.of();

  /**
   * Values of some records.
   *
   * @param records in the order in which they are asked for
   * @param most how many bytes of a value are kept
   */
  public KnownValues(
      ArchivedValues archived, QuarantineTable table, List<QuarantinedRecord> records, int most) {
    this.archived = archived;
    this.table = table;
    this.records = List.copyOf(records);
    this.most = most;
  }

  /**
   * The value of one of the records.
   *
   * @throws TributaryException what {@link ArchivedValues#of} throws, where the quarantine has none
   */
  public ArchivedValue of(QuarantinedRecord record) {
    ArchivedValue value;
    try {
      value = archived.of(record);
    } catch (TributaryException e) {
      if (e.code() != ErrorCode.ARCHIVE_CHECKSUM && e.code() != ErrorCode.ARCHIVE_NOT_FOUND) {
        throw e;
      }
      ArchivedValue held = kept(record).orElseThrow(() -> e);
      damage = damage.or(() -> Optional.of(e.getMessage()));
      return held;
    }
    return value.absent().filter(ArchivedValue.Absence.EXPIRED::equals).isEmpty()
        ? value
        : kept(record).orElse(value);
  }

  /** The first file of the archive that was gone or damaged, for people; empty: none was. */
  public Optional<String> damage() {
    return damage;
  }

  private Optional<ArchivedValue> kept(QuarantinedRecord record) {
    if (!asked.contains(record.coordinates())) {
      List<QuarantinedRecord> next =
          records.stream()
              .dropWhile(each -> !each.coordinates().equals(record.coordinates()))
              .limit(MOST_BYTES / Math.max(1, most))
              .toList();
      asked = next.stream().map(QuarantinedRecord::coordinates).collect(Collectors.toSet());
      kept = table.values(next, most);
    }
    return Optional.ofNullable(kept.get(record.coordinates()));
  }
}
