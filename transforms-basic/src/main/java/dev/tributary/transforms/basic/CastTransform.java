package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.trim;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * Casts columns from the text that stands in the document, by Spark's rules: {@code "12"} becomes a
 * number where the decoder would refuse it. What cannot be cast goes to quarantine.
 */
public final class CastTransform implements RowTransform {
  private static final String COLUMNS = "columns";

  /** For the service loader. */
  public CastTransform() {}

  @Override
  public String name() {
    return "cast";
  }

  @Override
  public String documentation() {
    return "Casts from the text that stands in the document, by Spark's rules: `\"12\"` becomes a number where the decoder would refuse it. What cannot be cast goes to quarantine (`wrong-type`).";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMNS,
            TransformOption.Type.PAIRS,
            "Columns and the Spark SQL types that they are cast to: `amount:decimal(10,2),at:date`."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    casts(context)
        .forEach(
            (name, type) -> {
              TableColumns.own(COLUMNS, name);
              TableColumns.type(COLUMNS, type);
            });
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return casts(context).keySet().stream().map(name -> new InputColumn(name, "string")).toList();
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    Dataset<Row> cast = rows;
    for (Map.Entry<String, String> entry : casts(context).entrySet()) {
      Column text = TableColumns.column(entry.getKey()).cast(DataTypes.StringType);
      Column value = trim(text).try_cast(TableColumns.type(COLUMNS, entry.getValue()));
      cast =
          RowErrors.mark(
                  cast,
                  text.isNotNull().and(value.isNull()),
                  "wrong-type",
                  lit(
                      "The value of column %s is no %s."
                          .formatted(entry.getKey(), entry.getValue())))
              .withColumn(entry.getKey(), value);
    }
    return cast;
  }

  private static Map<String, String> casts(TransformContext context) {
    return context.pairs(COLUMNS);
  }
}
