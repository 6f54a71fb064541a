package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What of a dataset can become what, while its table exists. */
final class DatasetRules {
  private DatasetRules() {}

  /** Refuses a replacement that drivers cannot bring about in the existing table. */
  static void requireAllowed(DatasetSpec current, DatasetSpec next) {
    fixed("/source", current.source(), next.source(), "Make another dataset for another source.");
    fixed(
        "/target/path",
        current.target().path(),
        next.target().path(),
        "Make another dataset for another table.");
    fixed(
        "/target/partitionBy",
        current.target().partitionBy(),
        next.target().partitionBy(),
        "Make another dataset whose table is partitioned so.");
    fixed(
        "/write/mode",
        current.write().mode(),
        next.write().mode(),
        "Make another dataset that writes so.");
    fixed(
        "/write/primaryKey",
        current.write().primaryKey(),
        next.write().primaryKey(),
        "Make another dataset with that key.");
    for (int i = 0; i < next.columns().size(); i++) {
      ColumnSpec column = next.columns().get(i);
      String pointer = "/columns/" + i;
      find(current, column.name())
          .ifPresentOrElse(
              before -> sameColumn(pointer, before, column), () -> newColumn(pointer, column));
    }
  }

  private static void fixed(String pointer, Object current, Object next, String remedy) {
    if (!current.equals(next)) {
      throw refused(
          pointer,
          "The table has %s '%s', which cannot become '%s'.".formatted(pointer, current, next),
          remedy);
    }
  }

  private static void sameColumn(String pointer, ColumnSpec before, ColumnSpec column) {
    if (!before.name().equals(column.name())) {
      throw refused(
          pointer + "/name",
          "The column %s cannot become %s here.".formatted(before.name(), column.name()),
          "Use the DDL operation rename_column.");
    }
    if (!before.type().equalsIgnoreCase(column.type())) {
      throw refused(
          pointer + "/type",
          "The column %s is of type %s, which cannot become %s."
              .formatted(column.name(), before.type(), column.type()),
          "Add a column of another name with the new type.");
    }
    if (before.nullable() && !column.nullable()) {
      throw refused(
          pointer + "/nullable",
          "The column %s is nullable and may hold nulls.".formatted(column.name()),
          "Leave it nullable.");
    }
  }

  static void newColumn(String pointer, ColumnSpec column) {
    if (!column.nullable()) {
      throw refused(
          pointer + "/nullable",
          "The new column %s is not nullable, and rows that exist have no value for it."
              .formatted(column.name()),
          "Make it nullable.");
    }
  }

  /** Refuses to take a column away that something stands on. */
  static void requireUnused(DatasetSpec dataset, String column, String pointer) {
    usedAs(dataset, column)
        .ifPresent(
            role -> {
              throw refused(
                  pointer,
                  "The column %s is used as %s.".formatted(column, role),
                  "Keep it; a dataset without it is another dataset.");
            });
  }

  private static Optional<String> usedAs(DatasetSpec dataset, String column) {
    return Stream.of(
            role("a key column", dataset.write().primaryKey(), column),
            role("an ordering column", dataset.write().orderBy(), column),
            role("a partition column", dataset.target().partitionBy(), column),
            dataset
                .write()
                .deleteWhen()
                .filter(predicate -> mentions(predicate, column))
                .map(predicate -> "a part of write.deleteWhen"))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> role(String role, List<String> columns, String column) {
    return columns.stream().anyMatch(column::equalsIgnoreCase)
        ? Optional.of(role)
        : Optional.empty();
  }

  private static boolean mentions(String predicate, String column) {
    return Pattern.compile(
            "(?<![A-Za-z0-9_])" + Pattern.quote(column) + "(?![A-Za-z0-9_])",
            Pattern.CASE_INSENSITIVE)
        .matcher(predicate)
        .find();
  }

  static Optional<ColumnSpec> find(DatasetSpec dataset, String column) {
    return dataset.columns().stream()
        .filter(declared -> declared.name().equalsIgnoreCase(column))
        .findFirst();
  }
}
