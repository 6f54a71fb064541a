package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ChangeEventColumns;
import dev.tributary.core.spec.ChangeKind;
import dev.tributary.core.spec.ColumnLineage;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.ExpectationSpec;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.core.spec.TableChange;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What of a dataset can become what, before and after its table exists. */
final class DatasetRules {
  private DatasetRules() {}

  /** Refuses a kind of change that the dataset does not allow. */
  static void requireAllowed(DatasetSpec dataset, ChangeKind kind, String pointer) {
    if (dataset.allowedChanges().filter(kinds -> !kinds.contains(kind)).isPresent()) {
      throw refused(
          pointer,
          "The dataset %s does not allow %s; it allows %s."
              .formatted(
                  dataset.name(),
                  kind.text(),
                  dataset.allowedChanges().get().stream().map(ChangeKind::text).toList()),
          "Ask its owner to add it to allowedChanges.");
    }
  }

  /**
   * Refuses a replacement that the dataset does not allow or that drivers cannot bring about.
   *
   * @param table whether the table exists
   */
  static void requireReplaceable(DatasetSpec current, DatasetSpec next, TableState table) {
    ColumnLineage lineage = ColumnLineage.between(current, next);
    changed(
        current,
        ChangeKind.SET_PARTITIONING,
        "/target/partitionBy",
        lineage.renamed(current.target().partitionBy()),
        next.target().partitionBy());
    changed(
        current,
        ChangeKind.SET_PARTITIONING,
        "/target/clusterBy",
        lineage.renamed(current.target().clusterBy()),
        next.target().clusterBy());
    changed(
        current, ChangeKind.SET_MODE, "/write/mode", current.write().mode(), next.write().mode());
    changed(
        current,
        ChangeKind.SET_PRIMARY_KEY,
        "/write/primaryKey",
        lineage.renamed(current.write().primaryKey()),
        next.write().primaryKey());
    changed(
        current,
        ChangeKind.SET_ORDER_BY,
        "/write/orderBy",
        lineage.renamed(current.write().orderBy()),
        next.write().orderBy());
    changed(
        current,
        ChangeKind.SET_DELETES,
        "/write/deletes",
        current.write().deletes(),
        next.write().deletes());
    changed(
        current,
        ChangeKind.SET_DELETES,
        "/write/deleteWhen",
        current.write().deleteWhen(),
        next.write().deleteWhen());
    changed(
        current, ChangeKind.SET_TRANSFORMS, "/transforms", current.transforms(), next.transforms());
    changed(
        current,
        ChangeKind.SET_UNKNOWN_FIELDS,
        "/unknownFields",
        current.unknownFields(),
        next.unknownFields());
    changed(current, ChangeKind.SET_CHECKS, "/checks", current.checks(), next.checks());
    requireSameWrite(current, next, table);
    columns(current, next, table);
  }

  /** Refuses what would be kept and mean nothing: only merged rows are deleted and rewritten. */
  static void requireEffect(DatasetSpec dataset) {
    if (dataset.write().mode() != WriteMode.APPEND) {
      return;
    }
    if (dataset.write().deleteWhen().isPresent()) {
      throw withoutEffect("/write/deleteWhen");
    }
    if (dataset.write().deletes() == Deletes.SOFT) {
      throw withoutEffect("/write/deletes");
    }
    if (dataset.target().mergeStrategy().isPresent()) {
      throw withoutEffect("/target/mergeStrategy");
    }
  }

  private static TributaryException withoutEffect(String pointer) {
    return TributaryException.of(
            ErrorCode.SPEC_INVALID,
            "The field %s has no effect where rows are appended.".formatted(pointer),
            "Leave it out, or give write.mode upsert or history.")
        .at(pointer);
  }

  /** Refuses what a table that exists cannot become. */
  static void requireSameWrite(DatasetSpec current, DatasetSpec next, TableState table) {
    if (table == TableState.ABSENT) {
      return;
    }
    TableChange.refusal(current, next)
        .ifPresent(
            refusal -> {
              throw refused(refusal.pointer(), refusal.problem(), refusal.remedy());
            });
  }

  /** Whether drivers have made a table. */
  enum TableState {
    /** No version was ever in force. */
    ABSENT,
    /** It may hold rows. */
    EXISTS
  }

  private static void changed(
      DatasetSpec current, ChangeKind kind, String pointer, Object before, Object after) {
    if (!before.equals(after)) {
      requireAllowed(current, kind, pointer);
    }
  }

  private static void columns(DatasetSpec current, DatasetSpec next, TableState table) {
    ColumnLineage lineage = ColumnLineage.between(current, next);
    for (int i = 0; i < next.columns().size(); i++) {
      ColumnSpec column = next.columns().get(i);
      String pointer = "/columns/" + i;
      Optional<ColumnSpec> before = lineage.before(column);
      if (before.isPresent()) {
        sameColumn(current, pointer, before.get(), column, table);
      } else {
        requireAllowed(current, ChangeKind.ADD_COLUMN, pointer);
        newColumn(pointer, column, table);
      }
    }
    if (!lineage.gone().isEmpty()) {
      requireAllowed(current, ChangeKind.DROP_COLUMN, "/columns");
    }
  }

  private static void sameColumn(
      DatasetSpec dataset, String pointer, ColumnSpec before, ColumnSpec column, TableState table) {
    if (!before.name().equals(column.name())) {
      requireAllowed(dataset, ChangeKind.RENAME_COLUMN, pointer + "/name");
      requireNotOfFormat(dataset, before.name(), pointer + "/name");
      requireMeant(before, column, pointer + "/name", table);
    }
    if (!TypeWidening.same(before.type(), column.type())) {
      requireAllowed(dataset, ChangeKind.WIDEN_COLUMN, pointer + "/type");
      requireWider(before, column.type(), pointer + "/type", table);
    }
    if (!before.path().orElse(before.name()).equals(column.path().orElse(column.name()))) {
      requireAllowed(dataset, ChangeKind.SET_PATH, pointer + "/path");
    }
    if (!before.byDefault().equals(column.byDefault())) {
      requireAllowed(dataset, ChangeKind.SET_DEFAULT, pointer + "/default");
    }
    if (!before.comment().equals(column.comment())) {
      requireAllowed(dataset, ChangeKind.ALTER_COMMENT, pointer + "/comment");
    }
    if (!before.nullable().equals(column.nullable())) {
      requireAllowed(dataset, ChangeKind.SET_NULLABLE, pointer + "/nullable");
    }
  }

  /** A name that differs in case alone is a slip of the pen rather than another name. */
  private static void requireMeant(
      ColumnSpec before, ColumnSpec column, String pointer, TableState table) {
    if (table == TableState.EXISTS && before.name().equalsIgnoreCase(column.name())) {
      throw refused(
          pointer,
          "The column %s cannot become %s: names are compared ignoring case."
              .formatted(before.name(), column.name()),
          "Write it as it was, or use the DDL operation rename_column with another name.");
    }
  }

  static void requireWider(ColumnSpec before, String type, String pointer, TableState table) {
    if (table == TableState.EXISTS && !TypeWidening.allowed(before.type(), type)) {
      throw refused(
          pointer,
          "The column %s is of type %s, which Delta cannot widen to %s."
              .formatted(before.name(), before.type(), type),
          "Add a column of another name with the new type.");
    }
  }

  static void newColumn(String pointer, ColumnSpec column, TableState table) {
    if (table == TableState.EXISTS && !column.nullable()) {
      throw refused(
          pointer + "/nullable",
          "The new column %s is not nullable, and rows that exist have no value for it."
              .formatted(column.name()),
          "Make it nullable.");
    }
  }

  /** Refuses to rename a column whose name stands where it cannot be changed for sure. */
  static void requireRenamable(DatasetSpec dataset, ColumnSpec column, String pointer) {
    requireNotOfFormat(dataset, column.name(), pointer);
    if (dataset.write().deleteWhen().filter(text -> mentions(text, column.name())).isPresent()) {
      throw refused(
          pointer,
          "The column %s is used as a part of write.deleteWhen.".formatted(column.name()),
          "Change that with set_deletes first.");
    }
    requireNoStep(dataset, column.name(), pointer);
    requireNoCheck(dataset, column.name(), pointer);
    for (PartitionColumn partition : dataset.partitions()) {
      if (partition.derivation().isPresent()
          && partition.column().equalsIgnoreCase(column.name())) {
        throw refused(
            pointer,
            "The partition column %s is derived from the column %s."
                .formatted(partition.name(), column.name()),
            "Keep the name; a table's partitioning does not change.");
      }
    }
    if (column.path().isEmpty() && column.name().contains(".")) {
      throw refused(
          pointer,
          "The column %s is read from a field of its name, which a path cannot say."
              .formatted(column.name()),
          "Add a column of another name whose path leads to the value.");
    }
  }

  private static void requireNoStep(DatasetSpec dataset, String column, String pointer) {
    for (TransformSpec transform : dataset.transforms()) {
      if (transform.options().values().stream().anyMatch(option -> mentions(option, column))) {
        throw refused(
            pointer,
            "The column %s is named by the options of the transform %s."
                .formatted(column, transform.type()),
            "Change that with set_transforms first.");
      }
    }
  }

  /** Refuses to take a column away that something stands on. */
  static void requireUnused(DatasetSpec dataset, String column, String pointer) {
    requireNotOfFormat(dataset, column, pointer);
    usedAs(dataset, column)
        .ifPresent(
            role -> {
              throw refused(
                  pointer,
                  "The column %s is used as %s.".formatted(column, role),
                  "Keep it; a dataset without it is another dataset.");
            });
    requireNoStep(dataset, column, pointer);
    requireNoCheck(dataset, column, pointer);
  }

  private static void requireNoCheck(DatasetSpec dataset, String column, String pointer) {
    if (dataset
        .checks()
        .eventTime()
        .filter(time -> time.column().equalsIgnoreCase(column))
        .isPresent()) {
      throw refused(
          pointer,
          "The column %s is the event time.".formatted(column),
          "Change that with set_checks first.");
    }
    for (ExpectationSpec expectation : dataset.checks().expectations()) {
      if (mentions(expectation.expression(), column)) {
        throw refused(
            pointer,
            "The column %s is named by the expectation %s.".formatted(column, expectation.name()),
            "Change that with set_checks first.");
      }
    }
  }

  private static void requireNotOfFormat(DatasetSpec dataset, String column, String pointer) {
    if (ChangeEventColumns.hasByFormat(dataset, column)) {
      throw refused(
          pointer,
          "The column %s belongs to the format %s, which fills it."
              .formatted(column, dataset.format().text()),
          "Leave it as it is; a view over the table can do without it.");
    }
  }

  private static Optional<String> usedAs(DatasetSpec dataset, String column) {
    return Stream.of(
            role("a key column", dataset.write().primaryKey(), column),
            role("an ordering column", dataset.write().orderBy(), column),
            role("a clustering column", dataset.target().clusterBy(), column),
            role(
                "a partition column",
                dataset.partitions().stream().map(PartitionColumn::column).toList(),
                column),
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
