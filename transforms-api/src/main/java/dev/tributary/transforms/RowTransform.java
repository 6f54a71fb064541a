package dev.tributary.transforms;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A step on decoded rows: a function from a dataset to a dataset, written with Spark's own
 * operations.
 *
 * <p>The rows hold the coordinate columns, the columns whose names begin with an underscore that
 * the platform needs, and the declared columns. A step keeps all whose names begin with an
 * underscore (of these it may set {@link TransformContext#ERROR_COLUMN} and {@link
 * TransformContext#ERROR_MESSAGE_COLUMN}); {@code withColumn}, {@code filter} and {@code drop} do
 * so by themselves. It must be lazy and deterministic, and must not sort, cache or write.
 *
 * <p>Functions that run on executors are named classes, not lambdas: a lambda of a class that was
 * added at run time may fail to deserialise there.
 */
public non-sealed interface RowTransform extends Transform {
  /**
   * The columns that this step wants decoded otherwise than they are declared, or besides: a cast
   * wants the text of what it casts, a renaming the old name.
   */
  default List<InputColumn> inputColumns(TransformContext context) {
    return List.of();
  }

  /**
   * The rows after this step. Called for every plan, and once with no rows when a dataset is
   * changed.
   *
   * @throws RuntimeException if the options do not fit the columns; the message is shown to the
   *     user with the transform's name before it
   */
  Dataset<Row> apply(Dataset<Row> rows, TransformContext context);
}
