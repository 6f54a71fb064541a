package dev.tributary.phase2.table;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A column of a table to be.
 *
 * @param field its name, type and comment
 * @param past the column that it goes on, by the name that it has in the table as it is; its values
 *     stay. Empty: a new column, also where the table has one of that name
 */
public record TableColumn(StructField field, Optional<String> past) {
  /** Columns that go on none that is there. */
  public static List<TableColumn> fresh(StructType schema) {
    return Arrays.stream(schema.fields())
        .map(field -> new TableColumn(field, Optional.empty()))
        .toList();
  }

  /** Whether columns have the same names and types, in the same order. */
  public static boolean alike(StructType one, StructType other) {
    return named(one).equals(named(other));
  }

  private static List<String> named(StructType schema) {
    return Arrays.stream(schema.fields())
        .map(field -> field.name() + " " + field.dataType().sql())
        .toList();
  }

  /** A column that goes on the one of its name, if the table has it. */
  public static TableColumn same(StructField field) {
    return new TableColumn(field, Optional.of(field.name()));
  }
}
