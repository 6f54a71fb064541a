package dev.tributary.phase2.live;

import dev.tributary.core.infer.FieldPath;
import dev.tributary.core.infer.NewColumns;
import dev.tributary.core.infer.ValueTypes;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.spec.ChangeKind;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.phase2.execute.FieldDrift;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The changes of a dataset's columns that take in what drifted of its records. */
final class SchemaEvolution {
  /** A row of a table wider than this is no row any more. */
  static final int MOST_COLUMNS = 1_000;

  private final DatasetSpec spec;

  SchemaEvolution(DatasetSpec spec) {
    this.spec = spec;
  }

  /**
   * The new columns, of the field names' order the first ones. Records that go to quarantine all
   * the same bring none.
   *
   * @param widened the columns that are widened beside
   * @param most how many there may be
   */
  List<DdlOperation> additions(FieldDrift drift, Set<String> widened, int most) {
    if (!allowed(ChangeKind.ADD_COLUMN)) {
      return List.of();
    }
    Map<FieldPath, ValueTypes> fields = new HashMap<>();
    drift
        .unknown(widened)
        .forEach((name, types) -> fields.put(FieldPath.ROOT.member(name), types));
    return NewColumns.of(spec, fields).values().stream()
        .map(NewColumns.Finding::column)
        .flatMap(Optional::stream)
        .limit(Math.max(0, Math.min(most, MOST_COLUMNS - spec.columns().size())))
        .<DdlOperation>map(DdlOperation.AddColumn::new)
        .toList();
  }

  /** The wider types. What tells rows, their order or their place apart stays as it is. */
  List<DdlOperation.WidenColumn> widenings(FieldDrift drift) {
    if (!allowed(ChangeKind.WIDEN_COLUMN)) {
      return List.of();
    }
    return spec.columns().stream()
        .filter(column -> !fixed(column))
        .flatMap(column -> wider(column, drift).stream())
        .toList();
  }

  private static Optional<DdlOperation.WidenColumn> wider(ColumnSpec column, FieldDrift drift) {
    return Optional.ofNullable(drift.unfit().get(column.name()))
        .flatMap(wrong -> wrong.values().widened(column.type()))
        .map(type -> new DdlOperation.WidenColumn(column.name(), type));
  }

  private boolean fixed(ColumnSpec column) {
    return spec.write().primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase)
        || spec.write().orderBy().stream().anyMatch(column.name()::equalsIgnoreCase)
        || spec.partitions().stream()
            .map(PartitionColumn::column)
            .anyMatch(column.name()::equalsIgnoreCase);
  }

  private boolean allowed(ChangeKind kind) {
    return spec.allowedChanges().map(kinds -> kinds.contains(kind)).orElse(true);
  }

  /** The dataset after changes, as the metastore would make it. */
  DatasetSpec after(List<DdlOperation> operations) {
    DatasetSpec next = spec;
    for (DdlOperation operation : operations) {
      if (operation instanceof DdlOperation.AddColumn add) {
        List<ColumnSpec> columns = new ArrayList<>(next.columns());
        columns.add(add.column().withId(Optional.of("new." + add.column().name())));
        next = next.withColumns(columns);
      } else if (operation instanceof DdlOperation.WidenColumn widen) {
        next =
            next.withColumns(
                next.columns().stream()
                    .map(
                        column ->
                            column.name().equals(widen.name())
                                ? column.withType(widen.type())
                                : column)
                    .toList());
      }
    }
    return next;
  }
}
