package dev.tributary.transforms.basic;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.SqlExpression;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Fills a column with the value of an expression over the row. */
public final class SqlTransform implements RowTransform {
  static final String INPUT = "input";
  static final TransformOption INPUT_OPTION =
      TransformOption.optional(
          INPUT,
          TransformOption.Type.PAIRS,
          "Fields of the record that the expression reads and the table has no columns for:"
              + " `price:double,quantity:int`.");
  private static final String COLUMN = "column";
  private static final String EXPRESSION = "expression";

  /** For the service loader. */
  public SqlTransform() {}

  @Override
  public String name() {
    return "sql";
  }

  @Override
  public String documentation() {
    return "Fills a column with the value of an expression over the row.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMN,
            TransformOption.Type.TEXT,
            "The column that is filled; it may be there already."),
        TransformOption.required(
            EXPRESSION,
            TransformOption.Type.SQL_EXPRESSION,
            "A Spark SQL expression over the row. Write `try_cast`, `try_divide` and the like where"
                + " a value may not fit."),
        INPUT_OPTION);
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    TableColumns.own(COLUMN, context.required(COLUMN));
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return TableColumns.inputs(context, INPUT);
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    return rows.withColumn(context.required(COLUMN), SqlExpression.of(rows, context, EXPRESSION));
  }
}
