package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import dev.tributary.transforms.TransformContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Marks rows that a step cannot use; the first step that says so is heard. */
final class RowErrors {
  private RowErrors() {}

  static Dataset<Row> mark(Dataset<Row> rows, Column bad, String code, Column message) {
    Column first = bad.and(col(TransformContext.ERROR_COLUMN).isNull());
    return rows.withColumn(
            TransformContext.ERROR_MESSAGE_COLUMN,
            when(first, message).otherwise(col(TransformContext.ERROR_MESSAGE_COLUMN)))
        .withColumn(
            TransformContext.ERROR_COLUMN,
            when(first, lit(code)).otherwise(col(TransformContext.ERROR_COLUMN)));
  }
}
