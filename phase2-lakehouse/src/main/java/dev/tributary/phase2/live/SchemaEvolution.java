package dev.tributary.phase2.live;

import dev.tributary.core.infer.FieldPath;
import dev.tributary.core.infer.NewColumns;
import dev.tributary.core.infer.ValueTypes;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.FoundColumns;
import dev.tributary.core.spec.ChangeKind;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.execute.FieldDrift;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The changes of a dataset's columns that take in what drifted of its records. */
final class SchemaEvolution {
  private final DatasetSpec spec;

  SchemaEvolution(DatasetSpec spec) {
    this.spec = spec;
  }

  /** Whether there can be any, so that records are worth looking at. */
  boolean possible() {
    return FoundColumns.refusal(spec).isEmpty()
        && (FoundColumns.allows(spec, ChangeKind.ADD_COLUMN)
            || FoundColumns.allows(spec, ChangeKind.WIDEN_COLUMN));
  }

  /**
   * The new columns, in the order of their names the first ones, and the wider types.
   *
   * @param most how many new columns there may be
   * @param wanted which changes are left out
   */
  List<DdlOperation> changes(FieldDrift drift, int most, Predicate<DdlOperation> wanted) {
    List<DdlOperation.WidenColumn> widened =
        spec.columns().stream()
            .flatMap(column -> wider(column, drift).stream())
            .filter(change -> FoundColumns.refusal(spec, change).isEmpty())
            .filter(wanted)
            .toList();
    Set<String> names =
        widened.stream().map(DdlOperation.WidenColumn::name).collect(Collectors.toSet());
    return Stream.concat(added(drift.unknown(names), most, wanted), widened.stream()).toList();
  }

  private Stream<DdlOperation> added(
      Map<String, ValueTypes> unknown, int most, Predicate<DdlOperation> wanted) {
    int room = Math.min(most, FoundColumns.MOST - spec.columns().size());
    if (unknown.size() >= FieldDrift.MOST_FIELDS || room <= 0) {
      return Stream.empty();
    }
    Map<FieldPath, ValueTypes> fields = new HashMap<>();
    unknown.forEach((name, types) -> fields.put(FieldPath.ROOT.member(name), types));
    return NewColumns.of(spec, fields).values().stream()
        .map(NewColumns.Finding::column)
        .flatMap(Optional::stream)
        .<DdlOperation>map(DdlOperation.AddColumn::new)
        .filter(change -> FoundColumns.refusal(spec, change).isEmpty())
        .filter(wanted)
        .limit(room);
  }

  private static Optional<DdlOperation.WidenColumn> wider(ColumnSpec column, FieldDrift drift) {
    return Optional.ofNullable(drift.unfit().get(column.name()))
        .flatMap(wrong -> wrong.values().widened(column.type()))
        .map(type -> new DdlOperation.WidenColumn(column.name(), type));
  }

  /**
   * The dataset after changes, as the metastore would make it.
   *
   * @throws dev.tributary.core.error.TributaryException SPEC_INVALID where there is no such dataset
   */
  DatasetSpec after(List<DdlOperation> changes) {
    DatasetSpec next = spec;
    for (DdlOperation change : changes) {
      List<ColumnSpec> columns = new ArrayList<>(next.columns());
      if (change instanceof DdlOperation.AddColumn add) {
        columns.add(add.column().withId(Optional.of("new." + add.column().name())));
      } else if (change instanceof DdlOperation.WidenColumn widen) {
        columns.replaceAll(
            column -> column.name().equals(widen.name()) ? column.withType(widen.type()) : column);
      }
      next = next.withColumns(columns);
    }
    return next;
  }
}
