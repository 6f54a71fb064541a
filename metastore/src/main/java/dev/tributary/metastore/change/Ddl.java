package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Applies DDL operations to a dataset, one after the other, all or none. */
final class Ddl {
  private Ddl() {}

  static DatasetSpec apply(DatasetSpec dataset, List<DdlOperation> operations) {
    DatasetSpec next = dataset;
    for (int i = 0; i < operations.size(); i++) {
      next = apply(next, operations.get(i), "/operations/" + i);
    }
    return next;
  }

  /** For people: what made a version. */
  static String describe(List<DdlOperation> operations) {
    return operations.stream().map(Ddl::describe).collect(Collectors.joining(", "));
  }

  private static String describe(DdlOperation operation) {
    if (operation instanceof DdlOperation.AddColumn add) {
      return "add_column " + add.column().name();
    }
    if (operation instanceof DdlOperation.RenameColumn rename) {
      return "rename_column %s to %s".formatted(rename.name(), rename.to());
    }
    return "drop_column " + ((DdlOperation.DropColumn) operation).name();
  }

  private static DatasetSpec apply(DatasetSpec dataset, DdlOperation operation, String pointer) {
    if (operation instanceof DdlOperation.AddColumn add) {
      return add(dataset, add.column(), pointer + "/column");
    }
    if (operation instanceof DdlOperation.RenameColumn rename) {
      return rename(dataset, rename, pointer);
    }
    return drop(dataset, ((DdlOperation.DropColumn) operation).name(), pointer + "/name");
  }

  private static DatasetSpec add(DatasetSpec dataset, ColumnSpec column, String pointer) {
    requireFree(dataset, column.name(), pointer + "/name");
    DatasetRules.newColumn(pointer, column);
    ColumnTypes.require(column, pointer);
    List<ColumnSpec> columns = new ArrayList<>(dataset.columns());
    columns.add(column);
    return withColumns(dataset, columns, pointer + "/name");
  }

  private static DatasetSpec drop(DatasetSpec dataset, String name, String pointer) {
    ColumnSpec dropped = require(dataset, name, pointer);
    DatasetRules.requireUnused(dataset, dropped.name(), pointer);
    List<ColumnSpec> columns = new ArrayList<>(dataset.columns());
    columns.remove(dropped);
    if (columns.isEmpty()) {
      throw refused(
          pointer, "The column %s is the only one.".formatted(name), "Add another one first.");
    }
    return dataset.withColumns(columns);
  }

  private static DatasetSpec rename(
      DatasetSpec dataset, DdlOperation.RenameColumn rename, String pointer) {
    ColumnSpec before = require(dataset, rename.name(), pointer + "/name");
    DatasetRules.requireUnused(dataset, before.name(), pointer + "/name");
    requireFree(dataset, rename.to(), pointer + "/to");
    List<ColumnSpec> columns = new ArrayList<>(dataset.columns());
    columns.set(
        columns.indexOf(before),
        new ColumnSpec(
            rename.to(),
            before.type(),
            before.nullable(),
            before.path().or(() -> Optional.of(before.name())),
            before.comment()));
    return withColumns(dataset, columns, pointer + "/to");
  }

  private static DatasetSpec withColumns(
      DatasetSpec dataset, List<ColumnSpec> columns, String pointer) {
    try {
      return dataset.withColumns(columns);
    } catch (TributaryException e) {
      throw e.at(pointer);
    }
  }

  private static void requireFree(DatasetSpec dataset, String name, String pointer) {
    DatasetRules.find(dataset, name)
        .ifPresent(
            column -> {
              throw refused(
                  pointer,
                  "The dataset %s has a column %s already; names are compared ignoring case."
                      .formatted(dataset.name(), column.name()),
                  "Choose another name.");
            });
  }

  private static ColumnSpec require(DatasetSpec dataset, String name, String pointer) {
    return DatasetRules.find(dataset, name)
        .orElseThrow(
            () ->
                refused(
                    pointer,
                    "The dataset %s has no column %s.".formatted(dataset.name(), name),
                    "Its columns are %s."
                        .formatted(dataset.columns().stream().map(ColumnSpec::name).toList())));
  }
}
