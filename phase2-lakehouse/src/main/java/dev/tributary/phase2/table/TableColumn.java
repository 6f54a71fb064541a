package dev.tributary.phase2.table;

import java.util.Optional;
import org.apache.spark.sql.types.StructField;

/**
 * A column of a table to be.
 *
 * @param field its name, type and comment
 * @param past the column that it goes on, by the name that it has in the table as it is; its values
 *     stay. Empty: a new column, also where the table has one of that name
 */
public record TableColumn(StructField field, Optional<String> past) {
  /** A column that goes on the one of its name, if the table has it. */
  public static TableColumn same(StructField field) {
    return new TableColumn(field, Optional.of(field.name()));
  }
}
