package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;

/**
 * How records become rows.
 *
 * @param mode append, upsert or history
 * @param primaryKey the key columns; needed for upsert and history, empty for append
 * @param orderBy the columns that say which of two events of a key is newer, most significant
 *     first; ties, and an empty list, go by raw position
 * @param deletes what a delete does
 * @param deleteWhen an SQL predicate over the dataset's columns that marks an event as a delete
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record WriteSpec(
    WriteMode mode,
    List<String> primaryKey,
    List<String> orderBy,
    Deletes deletes,
    Optional<String> deleteWhen) {
  /** Fills in defaults and refuses an upsert or a history without a key. */
  public WriteSpec {
    mode = mode == null ? WriteMode.APPEND : mode;
    primaryKey = primaryKey == null ? List.of() : List.copyOf(primaryKey);
    orderBy = orderBy == null ? List.of() : List.copyOf(orderBy);
    deletes = deletes == null ? Deletes.HARD : deletes;
    deleteWhen = deleteWhen == null ? Optional.empty() : deleteWhen;
    if (mode.keyed() && primaryKey.isEmpty()) {
      throw SpecChecks.invalid(
          "write.primaryKey",
          "[]",
          "%s needs at least one key column: name them here."
              .formatted(mode == WriteMode.UPSERT ? "An upsert" : "A history"));
    }
  }

  /** Append, all defaults. */
  public static WriteSpec append() {
    return new WriteSpec(null, null, null, null, null);
  }
}
