package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.udf;
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
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/** Takes a value out of JSON that stands as text in a column. */
public final class JsonExtractTransform implements RowTransform {
  private static final String COLUMN = "column";
  private static final String PATH = "path";
  private static final String TO = "to";
  private static final String TYPE = "type";
  private static final String FOUND = "__tributary_found";
  private static final String VALUE = "__tributary_value";

  /** For the service loader. */
  public JsonExtractTransform() {}

  @Override
  public String name() {
    return "json-extract";
  }

  @Override
  public String documentation() {
    return "Takes a value out of JSON that stands as text in a column. Text that is no JSON, and a value that the type does not take, go to quarantine (`not-json`, `wrong-type`).";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(COLUMN, TransformOption.Type.TEXT, "The column with the JSON."),
        TransformOption.required(
            PATH,
            TransformOption.Type.TEXT,
            "Where the value stands: `$.items[0].name`, `$['odd name']`. Where there is nothing, or"
                + " null, the column becomes null; of two fields of one name the last counts."),
        TransformOption.required(TO, TransformOption.Type.TEXT, "The column that is filled."),
        TransformOption.withDefault(
            TYPE,
            TransformOption.Type.TEXT,
            "string",
            "Its Spark SQL type. As string, objects, arrays and numbers are their JSON as it"
                + " stands."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    TableColumns.own(COLUMN, context.required(COLUMN));
    TableColumns.own(TO, context.required(TO));
    new JsonField(context.required(PATH));
    DataType type = type(context);
    if (type instanceof StructType || type instanceof ArrayType || type instanceof MapType) {
      throw new IllegalArgumentException(
          "The option type is %s. Extract a string, and read it by a step sql with from_json."
              .formatted(type.sql()));
    }
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return List.of(new InputColumn(context.required(COLUMN), "string"));
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    String name = context.required(COLUMN);
    TableColumns.field(rows, COLUMN, name);
    Column document = TableColumns.column(name).cast(DataTypes.StringType);
    JsonField field = new JsonField(context.required(PATH));
    Dataset<Row> found =
        rows.withColumn(
            FOUND, udf(field, DataTypes.createArrayType(DataTypes.StringType)).apply(document));
    Column text = TableColumns.column(FOUND).getItem(0);
    DataType type = type(context);
    Dataset<Row> read =
        found.withColumn(VALUE, type instanceof StringType ? text : trim(text).try_cast(type));
    Column broken = document.isNotNull().and(TableColumns.column(FOUND).isNull());
    Column wrong = text.isNotNull().and(TableColumns.column(VALUE).isNull());
    Dataset<Row> marked =
        RowErrors.mark(
            read,
            coalesce(broken, lit(false)),
            "not-json",
            lit("The value of column %s is no JSON.".formatted(name)));
    return RowErrors.mark(
            marked,
            coalesce(when(wrong, lit(true)), lit(false)),
            "wrong-type",
            lit(
                "The value at %s in column %s is no %s."
                    .formatted(context.required(PATH), name, context.required(TYPE))))
        .withColumn(context.required(TO), TableColumns.column(VALUE))
        .drop(FOUND, VALUE);
  }

  private static DataType type(TransformContext context) {
    return TableColumns.type(TYPE, context.required(TYPE));
  }
}
