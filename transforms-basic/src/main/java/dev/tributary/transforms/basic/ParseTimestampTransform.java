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

/** Reads moments in the formats that a source writes. What fits none goes to quarantine. */
public final class ParseTimestampTransform implements RowTransform {
  private static final String COLUMN = "column";
  private static final String TO = "to";
  private static final String FORMATS = "formats";
  private static final String ZONE = "zone";
  private static final String PARSED = "__tributary_parsed";

  /** For the service loader. */
  public ParseTimestampTransform() {}

  @Override
  public String name() {
    return "parse-timestamp";
  }

  @Override
  public String documentation() {
    return "Reads moments in the formats that a source writes. What fits none of them goes to quarantine (`wrong-type`); the 30th of February does.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(COLUMN, TransformOption.Type.TEXT, "The column with the text."),
        TransformOption.optional(
            TO, TransformOption.Type.TEXT, "The timestamp column; the same one if left out."),
        TransformOption.withDefault(
            FORMATS,
            TransformOption.Type.TEXT,
            "iso",
            "With semicolons between them, the first that fits counts: `iso` (ISO 8601, a space for"
                + " the T, the time or the zone left out), `epoch-s`, `epoch-ms`, `epoch-us` (since"
                + " 1970, fractions too), or a pattern of Java's DateTimeFormatter:"
                + " `iso;dd.MM.yyyy HH:mm`."),
        TransformOption.withDefault(
            ZONE,
            TransformOption.Type.TEXT,
            "UTC",
            "The zone of times that name none: `Europe/Vienna`. Of a time that is there twice the"
                + " first counts; one that a change of the clock skips is moved by the gap."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    TableColumns.own(COLUMN, context.required(COLUMN));
    TableColumns.own(TO, target(context));
    moments(context);
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return List.of(new InputColumn(context.required(COLUMN), "string"));
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    String name = context.required(COLUMN);
    Column text = TableColumns.column(name).cast(DataTypes.StringType);
    Column parsed = udf(moments(context), DataTypes.TimestampType).apply(text);
    return RowErrors.mark(
            rows.withColumn(PARSED, parsed),
            text.isNotNull().and(TableColumns.column(PARSED).isNull()),
            "wrong-type",
            lit(
                "The value of column %s is no time of the formats %s in the years 1 to 9999."
                    .formatted(name, context.required(FORMATS))))
        .withColumn(target(context), TableColumns.column(PARSED))
        .drop(PARSED);
  }

  private static String target(TransformContext context) {
    return context.option(TO).orElseGet(() -> context.required(COLUMN));
  }

  private static Moments moments(TransformContext context) {
    return new Moments(context.required(FORMATS), context.required(ZONE));
  }
}
