package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.lit;

import dev.tributary.transforms.Determinism;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Fills a column with a constant. */
public final class AddLiteralTransform implements RowTransform {
  private static final String COLUMN = "column";
  private static final String VALUE = "value";
  private static final String TYPE = "type";

  /** For the service loader. */
  public AddLiteralTransform() {}

  @Override
  public String name() {
    return "add-literal";
  }

  @Override
  public String documentation() {
    return "Fills a column with a constant.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(COLUMN, TransformOption.Type.TEXT, "The column that is filled."),
        TransformOption.required(VALUE, TransformOption.Type.TEXT, "The constant."),
        TransformOption.withDefault(
            TYPE, TransformOption.Type.TEXT, "string", "Its Spark SQL type."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    TableColumns.own(COLUMN, context.required(COLUMN));
    TableColumns.type(TYPE, context.required(TYPE));
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    String text = context.required(VALUE);
    DataType type = TableColumns.type(TYPE, context.required(TYPE));
    Column value = lit(text).try_cast(type);
    // Spark computes it without a job, since there is nothing to read.
    Dataset<Row> probe =
        rows.sparkSession()
            .createDataFrame(List.of(RowFactory.create(text)), StructType.fromDDL("text string"))
            .select(value);
    if (Determinism.violation(probe).isPresent()) {
      throw new IllegalArgumentException(
          "The option value is '%s', which is another time when a plan is done again. Use add-metadata with ingest-time."
              .formatted(text));
    }
    if (probe.head().isNullAt(0)) {
      throw new IllegalArgumentException(
          "The option value is '%s', which is no %s. Correct the value or the type."
              .formatted(text, type.sql()));
    }
    return rows.withColumn(context.required(COLUMN), value);
  }
}
