package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.col;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.TransformContext;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;

/** Columns by the names that options give. */
final class TableColumns {
  private TableColumns() {}

  static Column column(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  /** The name, which is none of the platform's. */
  static String own(String option, String name) {
    if (name.startsWith("_")) {
      throw new IllegalArgumentException(
          "The option %s names '%s'; names that begin with an underscore are the platform's. Choose another."
              .formatted(option, name));
    }
    return name;
  }

  /** The type that an option writes in SQL. */
  static DataType type(String option, String text) {
    try {
      return DataType.fromDDL(text);
    } catch (Exception e) {
      // Spark's parse error is checked, which its signature does not say.
      throw new IllegalArgumentException(
          "The option %s holds '%s', which is no Spark SQL type. Write one such as decimal(10,2)."
              .formatted(option, text),
          e);
    }
  }

  /** The column that an option names. */
  static StructField field(Dataset<Row> rows, String option, String name) {
    return Arrays.stream(rows.schema().fields())
        .filter(field -> field.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The option %s names '%s', which is not there; there are %s. Correct the name."
                        .formatted(option, name, Arrays.toString(rows.columns()))));
  }

  /** Whether the dataset declares it. */
  static boolean declared(TransformContext context, String name) {
    return context.columns().keySet().stream().anyMatch(name::equalsIgnoreCase);
  }

  /** Fields that are read though the table has no such columns: {@code name:type} pairs. */
  static List<InputColumn> inputs(TransformContext context, String option) {
    return context.pairs(option).entrySet().stream().map(entry -> input(option, entry)).toList();
  }

  private static InputColumn input(String option, Map.Entry<String, String> entry) {
    type(option, entry.getValue());
    return new InputColumn(own(option, entry.getKey()), entry.getValue());
  }

  /** The columns as text, unless they are declared: those are decoded as they are declared. */
  static List<InputColumn> texts(TransformContext context, List<String> names) {
    return names.stream()
        .filter(name -> !declared(context, name))
        .map(name -> new InputColumn(name, "string"))
        .toList();
  }
}
