package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.repeat;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.when;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;

/** Makes values unreadable for good. */
public final class MaskTransform implements RowTransform {
  private static final String COLUMNS = "columns";
  private static final String MODE = "mode";
  private static final String KEEP = "keep";
  private static final String TEXT = "text";
  private static final String KEEP_LAST = "keep-last";
  private static final String FIXED = "fixed";
  private static final String NULL = "null";
  private static final int MOST_KEPT = 1000;

  /** For the service loader. */
  public MaskTransform() {}

  @Override
  public String name() {
    return "mask";
  }

  @Override
  public String documentation() {
    return "Makes values unreadable for good.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(COLUMNS, TransformOption.Type.COLUMNS, "The columns."),
        TransformOption.withDefault(
            MODE,
            TransformOption.Type.TEXT,
            FIXED,
            "`fixed`: the same text for all; `keep-last`: a star for each character but the last"
                + " ones, and for all where there are no more than those; `null`."),
        TransformOption.withDefault(
            KEEP, TransformOption.Type.INTEGER, "4", "How many characters `keep-last` keeps."),
        TransformOption.withDefault(
            TEXT, TransformOption.Type.TEXT, "***", "The text that `fixed` puts there."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    context.names(COLUMNS).forEach(name -> TableColumns.own(COLUMNS, name));
    String mode = context.required(MODE);
    if (!List.of(FIXED, KEEP_LAST, NULL).contains(mode)) {
      throw new IllegalArgumentException(
          "The option mode is '%s'. Write fixed, keep-last or null.".formatted(mode));
    }
    long keep = context.integer(KEEP);
    if (keep < 1 || keep > MOST_KEPT) {
      throw new IllegalArgumentException(
          "The option keep is %d. Write a number from 1 to %d.".formatted(keep, MOST_KEPT));
    }
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return TableColumns.texts(context, context.names(COLUMNS));
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    Dataset<Row> masked = rows;
    for (String name : context.names(COLUMNS)) {
      DataType type = TableColumns.field(rows, COLUMNS, name).dataType();
      masked = masked.withColumn(name, masked(context, name, type));
    }
    return masked;
  }

  private static Column masked(TransformContext context, String name, DataType type) {
    if (context.required(MODE).equals(NULL)) {
      return lit(null).cast(type);
    }
    if (!(type instanceof StringType)) {
      throw new IllegalArgumentException(
          "The option columns names '%s', which is a %s; only text can be masked. Declare it as string, or use the mode null."
              .formatted(name, type.sql()));
    }
    Column text = TableColumns.column(name);
    if (context.required(MODE).equals(FIXED)) {
      return when(text.isNotNull(), lit(context.required(TEXT)));
    }
    int keep = Math.toIntExact(context.integer(KEEP));
    Column hidden = greatest(length(text).minus(keep), lit(0));
    return when(length(text).leq(keep), repeat(lit("*"), length(text)))
        .otherwise(concat(repeat(lit("*"), hidden), substring(text, -keep, keep)));
  }
}
