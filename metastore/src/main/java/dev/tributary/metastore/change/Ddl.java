package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.DdlOperation.AddColumn;
import dev.tributary.core.metastore.DdlOperation.AlterComment;
import dev.tributary.core.metastore.DdlOperation.DropColumn;
import dev.tributary.core.metastore.DdlOperation.RenameColumn;
import dev.tributary.core.metastore.DdlOperation.SetNullable;
import dev.tributary.core.metastore.DdlOperation.WidenColumn;
import dev.tributary.core.spec.ChangeKind;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.metastore.change.DatasetRules.TableState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Applies DDL operations to a dataset, one after the other, all or none. */
final class Ddl {
  private final TableState table;
  private final long version;
  private DatasetSpec dataset;
  private int operation;

  private Ddl(DatasetSpec dataset, TableState table, long version) {
    this.dataset = dataset;
    this.table = table;
    this.version = version;
  }

  /**
   * The dataset after the operations.
   *
   * @param version the version that they make
   */
  static DatasetSpec apply(
      DatasetSpec dataset, TableState table, List<DdlOperation> operations, long version) {
    Ddl ddl = new Ddl(dataset, table, version);
    for (int i = 0; i < operations.size(); i++) {
      ddl.operation = i + 1;
      ddl.apply(operations.get(i), "/operations/" + i);
    }
    return ddl.dataset;
  }

  /** For people: what made a version. */
  static String describe(List<DdlOperation> operations) {
    return operations.stream().map(Ddl::describe).collect(Collectors.joining(", "));
  }

  private static String describe(DdlOperation operation) {
    if (operation instanceof AddColumn add) {
      return "add_column " + add.column().name();
    }
    if (operation instanceof RenameColumn rename) {
      return "rename_column %s to %s".formatted(rename.name(), rename.to());
    }
    if (operation instanceof WidenColumn widen) {
      return "widen_column %s to %s".formatted(widen.name(), widen.type());
    }
    if (operation instanceof AlterComment comment) {
      return "alter_comment " + comment.name();
    }
    if (operation instanceof SetNullable nullable) {
      return "set_nullable %s %s".formatted(nullable.name(), nullable.nullable());
    }
    return "drop_column " + ((DropColumn) operation).name();
  }

  private void apply(DdlOperation operation, String pointer) {
    if (operation instanceof AddColumn add) {
      add(add.column(), pointer);
    } else if (operation instanceof RenameColumn rename) {
      rename(rename, pointer);
    } else if (operation instanceof WidenColumn widen) {
      widen(widen, pointer);
    } else if (operation instanceof AlterComment comment) {
      allowed(ChangeKind.ALTER_COMMENT, pointer);
      ColumnSpec before = require(comment.name(), pointer + "/name");
      replace(before, before.withComment(comment.comment()), pointer);
    } else if (operation instanceof SetNullable nullable) {
      nullable(nullable, pointer);
    } else {
      drop(((DropColumn) operation).name(), pointer);
    }
  }

  private void allowed(ChangeKind kind, String pointer) {
    DatasetRules.requireAllowed(dataset, kind, pointer + "/op");
  }

  private void add(ColumnSpec column, String pointer) {
    allowed(ChangeKind.ADD_COLUMN, pointer);
    requireFree(column.name(), pointer + "/column/name");
    DatasetRules.newColumn(pointer + "/column", column, table);
    ColumnTypes.require(column, pointer + "/column");
    ColumnIds.requireNone(column, pointer + "/column");
    List<ColumnSpec> columns = new ArrayList<>(dataset.columns());
    columns.add(column.withId(Optional.of(ColumnIds.added(version, operation))));
    setColumns(columns, pointer + "/column/name");
  }

  private void drop(String name, String pointer) {
    allowed(ChangeKind.DROP_COLUMN, pointer);
    ColumnSpec dropped = require(name, pointer + "/name");
    DatasetRules.requireUnused(dataset, dropped.name(), pointer + "/name");
    List<ColumnSpec> columns = new ArrayList<>(dataset.columns());
    columns.remove(dropped);
    if (columns.isEmpty()) {
      throw refused(
          pointer + "/name",
          "The column %s is the only one.".formatted(name),
          "Add another one first.");
    }
    dataset = dataset.withColumns(columns);
  }

  private void rename(RenameColumn rename, String pointer) {
    allowed(ChangeKind.RENAME_COLUMN, pointer);
    ColumnSpec before = require(rename.name(), pointer + "/name");
    DatasetRules.requireRenamable(dataset, before, pointer + "/name");
    requireFree(rename.to(), pointer + "/to");
    replace(before, before.withName(rename.to()), pointer + "/to");
    try {
      dataset.write().requireKeysOfDeletes();
    } catch (TributaryException e) {
      throw e.at(pointer + "/to");
    }
  }

  private void widen(WidenColumn widen, String pointer) {
    allowed(ChangeKind.WIDEN_COLUMN, pointer);
    ColumnSpec before = require(widen.name(), pointer + "/name");
    ColumnSpec after = before.withType(widen.type());
    ColumnTypes.require(after, pointer);
    DatasetRules.requireWider(before, widen.type(), pointer + "/type", table);
    replace(before, after, pointer);
  }

  private void nullable(SetNullable change, String pointer) {
    allowed(ChangeKind.SET_NULLABLE, pointer);
    ColumnSpec before = require(change.name(), pointer + "/name");
    replace(before, before.withNullable(change.nullable()), pointer);
  }

  private void replace(ColumnSpec before, ColumnSpec after, String pointer) {
    try {
      dataset = dataset.withColumn(before, after);
    } catch (TributaryException e) {
      throw e.at(pointer);
    }
  }

  private void setColumns(List<ColumnSpec> columns, String pointer) {
    try {
      dataset = dataset.withColumns(columns);
    } catch (TributaryException e) {
      throw e.at(pointer);
    }
  }

  private void requireFree(String name, String pointer) {
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

  private ColumnSpec require(String name, String pointer) {
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
