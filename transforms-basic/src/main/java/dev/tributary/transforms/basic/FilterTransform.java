package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.SqlExpression;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Keeps the rows that a predicate is true for. */
public final class FilterTransform implements RowTransform {
  private static final String WHERE = "where";

  /** For the service loader. */
  public FilterTransform() {}

  @Override
  public String name() {
    return "filter";
  }

  @Override
  public String documentation() {
    return "Keeps the rows that a predicate is true for; the others count as filtered.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            WHERE,
            TransformOption.Type.SQL_EXPRESSION,
            "A Spark SQL predicate; rows for which it is false or null are left out."),
        SqlTransform.INPUT_OPTION);
  }

  @Override
  public StepKind kind() {
    return StepKind.FILTER;
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return TableColumns.inputs(context, SqlTransform.INPUT);
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    return rows.filter(coalesce(SqlExpression.of(rows, context, WHERE), lit(false)));
  }
}
