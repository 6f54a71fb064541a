package dev.tributary.transforms.basic;

import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Takes columns away that only the steps before it needed. */
public final class DropTransform implements RowTransform {
  private static final String COLUMNS = "columns";

  /** For the service loader. */
  public DropTransform() {}

  @Override
  public String name() {
    return "drop";
  }

  @Override
  public String documentation() {
    return "Takes columns away that only the steps before it needed.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMNS, TransformOption.Type.COLUMNS, "The columns; none that the table declares."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    for (String name : context.names(COLUMNS)) {
      TableColumns.own(COLUMNS, name);
      if (TableColumns.declared(context, name)) {
        throw new IllegalArgumentException(
            "The option columns names '%s', which the table declares. Drop it from the dataset's columns, or leave it out here."
                .formatted(name));
      }
    }
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    Dataset<Row> kept = rows;
    for (String name : context.names(COLUMNS)) {
      TableColumns.field(rows, COLUMNS, name);
      kept = kept.drop(TableColumns.column(name));
    }
    return kept;
  }
}
