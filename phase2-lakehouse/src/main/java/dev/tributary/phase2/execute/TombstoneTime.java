package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.step.Coordinates;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/**
 * The place of records without a value in a history. They have none of the ordering columns; where
 * the first is a timestamp, their own time stands for it.
 */
final class TombstoneTime {
  private TombstoneTime() {}

  /** The code of a record that has no place; null for one that has. */
  static Column problem(DatasetSpec spec) {
    if (spec.write().mode() != WriteMode.HISTORY) {
      return lit(null).cast(DataTypes.StringType);
    }
    return stands(spec)
        ? when(Names.column(Coordinates.TIMESTAMP).isNull(), lit("tombstone-time"))
        : lit("tombstone-time");
  }

  /** What a record without a place cannot do. */
  static String message(DatasetSpec spec) {
    if (stands(spec)) {
      return "A record without a value ends a version at its own time, and it has none.";
    }
    return "A record without a value ends a version at its own time, which only a timestamp can be compared with: %s is of type %s."
        .formatted(first(spec).name(), first(spec).type());
  }

  private static boolean stands(DatasetSpec spec) {
    return TableLayout.type(first(spec)).sameType(DataTypes.TimestampType);
  }

  private static ColumnSpec first(DatasetSpec spec) {
    String name = spec.write().orderBy().get(0);
    return spec.columns().stream()
        .filter(column -> column.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow();
  }
}
