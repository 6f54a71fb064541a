package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;

import dev.tributary.core.spec.ChangeEventColumns;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.core.spec.WriteMode;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;

/**
 * What a row has to have by what happened to it: sources often log no more than the key of a row
 * that was deleted, so of a delete nothing else is demanded.
 */
final class ChangeEventDemands {
  private ChangeEventDemands() {}

  /** The columns as deletes have them: only the key has to be there, and nothing is made up. */
  static List<ColumnSpec> ofDeletes(DatasetSpec spec, List<ColumnSpec> columns) {
    return columns.stream()
        .map(
            column ->
                spec.write().primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase)
                    ? column
                    : column.withNullable(true).withDefault(Optional.empty()))
        .toList();
  }

  /** Whether a row has to have what columns besides its key demand. */
  static Column demandsValues(DatasetSpec spec) {
    return spec.format() == PayloadFormat.DEBEZIUM ? changes() : lit(true);
  }

  /** Whether a row has to have the time that a partition is derived from. */
  static Column demandsTime(DatasetSpec spec) {
    boolean writesDeletes =
        spec.write().mode() == WriteMode.APPEND || spec.write().deletes() == Deletes.SOFT;
    return writesDeletes ? lit(true) : demandsValues(spec);
  }

  private static Column changes() {
    return coalesce(
        Names.column(ChangeEventColumns.OP).notEqual(ChangeEventColumns.DELETE), lit(true));
  }
}
