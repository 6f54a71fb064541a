package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * Decrypts a text column (AES-GCM, in base64). A value that cannot be decrypted goes to quarantine.
 */
public final class DecryptColumnTransform implements RowTransform {
  static final String KEYS = "keys";
  static final String KEYS_HELP =
      "The keys: id=base64, with commas or line breaks between them; old ones stay, for replay.";
  private static final String COLUMN = "column";

  /** For the service loader. */
  public DecryptColumnTransform() {}

  @Override
  public String name() {
    return "decrypt";
  }

  @Override
  public String documentation() {
    return "Decrypts a text column that holds base64 of the format below. What cannot be decrypted goes to quarantine (`transform-failed`).";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMN, TransformOption.Type.TEXT, "The column; declared as what its plain text is."),
        TransformOption.secret(KEYS, KEYS_HELP));
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
    return List.of(new InputColumn(context.required(COLUMN), "string"));
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    String name = context.required(COLUMN);
    Column sealed = TableColumns.column(name);
    Column plain = udf(new DecryptText(context, KEYS), DataTypes.StringType).apply(sealed);
    String marked = "__tributary_decrypted";
    return RowErrors.mark(
            rows.withColumn(marked, plain),
            sealed.isNotNull().and(TableColumns.column(marked).isNull()),
            "transform-failed",
            lit(
                "The value of column %s cannot be decrypted with the keys that are given."
                    .formatted(name)))
        .withColumn(name, TableColumns.column(marked))
        .drop(marked);
  }
}
