package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.row_number;

import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;

/** Keeps one row of those of a batch that are equal in some columns. */
public final class DeduplicateTransform implements RowTransform {
  private static final String COLUMNS = "columns";
  private static final String KEEP = "keep";
  private static final String LAST = "last";
  private static final String PLACE = "__tributary_place";

  /** What orders records as they came in, and then the rows of an exploded one. */
  private static final List<String> POSITION =
      List.of(
          "_ingest_time", "_topic", "_sequence", "_incarnation", "_partition", "_offset", "_row");

  /** For the service loader. */
  public DeduplicateTransform() {}

  @Override
  public String name() {
    return "deduplicate";
  }

  @Override
  public String documentation() {
    return "Keeps one row of those of a batch that are equal in some columns, nulls being equal; the others count as combined. What other batches hold it does not see: use the mode upsert for that. The step needs `kind: combine` in the dataset.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMNS, TransformOption.Type.COLUMNS, "The columns in which rows are compared."),
        TransformOption.withDefault(
            KEEP,
            TransformOption.Type.TEXT,
            "first",
            "`first` or `last`, in the order in which records came into the archive."));
  }

  @Override
  public StepKind kind() {
    return StepKind.COMBINE;
  }

  @Override
  public void check(TransformContext context) {
    context.names(COLUMNS).forEach(name -> TableColumns.own(COLUMNS, name));
    String keep = context.required(KEEP);
    if (!keep.equals("first") && !keep.equals(LAST)) {
      throw new IllegalArgumentException(
          "The option keep is '%s'. Write first or last.".formatted(keep));
    }
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    List<String> names = context.names(COLUMNS);
    names.forEach(name -> TableColumns.field(rows, COLUMNS, name));
    boolean last = context.required(KEEP).equals(LAST);
    Stream<Column> position =
        POSITION.stream()
            .filter(name -> Arrays.asList(rows.columns()).contains(name))
            .map(TableColumns::column)
            .map(column -> last ? column.desc() : column.asc());
    WindowSpec equals =
        Window.partitionBy(names.stream().map(TableColumns::column).toArray(Column[]::new))
            .orderBy(position.toArray(Column[]::new));
    Dataset<Row> placed = rows.withColumn(PLACE, row_number().over(equals));
    return placed.filter(TableColumns.column(PLACE).equalTo(1)).drop(PLACE);
  }
}
