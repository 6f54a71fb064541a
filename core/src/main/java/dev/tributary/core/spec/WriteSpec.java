package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

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
  /** What the table of deletes has beside the key columns, and no other such table has. */
  private static final Set<String> OF_DELETES = Set.of("_order", "_plan", "_generation");

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

  /**
   * Refuses a key column that the table of deletes could not have. A document that names one stays
   * readable.
   *
   * @throws dev.tributary.core.error.TributaryException SPEC_INVALID
   */
  public void requireKeysOfDeletes() {
    primaryKey.stream()
        .filter(name -> OF_DELETES.contains(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .ifPresent(
            name -> {
              throw SpecChecks.invalid(
                  "write.primaryKey",
                  name,
                  "Deletes are remembered with a column of this name beside the key; choose"
                      + " another and give its JSON field as path.");
            });
  }

  /** Append, all defaults. */
  public static WriteSpec append() {
    return new WriteSpec(null, null, null, null, null);
  }
}
