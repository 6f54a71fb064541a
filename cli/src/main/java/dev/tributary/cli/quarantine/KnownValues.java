package dev.tributary.cli.quarantine;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Values of records: what the raw archive holds, and of what has expired there what the quarantine
 * does. Its table is read for that at the first record that has expired. Not thread-safe.
 */
public final class KnownValues {
  private final ArchivedValues archived;
  private final QuarantineTable table;
  private final List<QuarantinedRecord> records;
  private final int most;
  private Optional<Map<String, ArchivedValue>> kept = Optional.empty();

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

  /** The value of one of the records; what {@link ArchivedValues#of} throws. */
  public ArchivedValue of(QuarantinedRecord record) {
    ArchivedValue value = archived.of(record);
    if (value.absent().filter(ArchivedValue.Absence.EXPIRED::equals).isEmpty()) {
      return value;
    }
    if (kept.isEmpty()) {
      kept = Optional.of(table.values(records, most));
    }
    return kept.get().getOrDefault(record.coordinates(), value);
  }
}
