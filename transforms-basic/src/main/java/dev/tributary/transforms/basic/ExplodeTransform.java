package dev.tributary.transforms.basic;

import static org.apache.spark.sql.functions.posexplode;
import static org.apache.spark.sql.functions.posexplode_outer;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;

/** Makes a row of each element of an array, or of each entry of a map. */
public final class ExplodeTransform implements RowTransform {
  private static final String COLUMN = "column";
  private static final String TYPE = "type";
  private static final String TO = "to";
  private static final String KEY = "key";
  private static final String POSITION = "position";
  private static final String OUTER = "outer";
  private static final String PLACE = "__tributary_place";
  private static final String NAME = "__tributary_name";
  private static final String VALUE = "__tributary_value";

  /** For the service loader. */
  public ExplodeTransform() {}

  @Override
  public String name() {
    return "explode";
  }

  @Override
  public String documentation() {
    return "Makes a row of each element of an array, or of each entry of a map; everything else of the record stands in each. A record without any makes no row and counts as filtered, unless `outer` is true. The step needs `kind: explode` in the dataset.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMN, TransformOption.Type.TEXT, "The column with the array or map."),
        TransformOption.optional(
            TYPE,
            TransformOption.Type.TEXT,
            "Its Spark SQL type, where the table does not declare it:"
                + " `array<struct<sku:string,quantity:int>>`, `map<string,double>`."),
        TransformOption.required(
            TO,
            TransformOption.Type.TEXT,
            "The column that gets the element, or the entry's value; it may be the same."),
        TransformOption.optional(
            KEY, TransformOption.Type.TEXT, "Of a map: the column that gets the entry's key."),
        TransformOption.optional(
            POSITION,
            TransformOption.Type.TEXT,
            "The column that gets the place of the element or entry, from 0."),
        TransformOption.withDefault(
            OUTER,
            TransformOption.Type.BOOLEAN,
            "false",
            "Whether a record whose array or map is empty, null or not there makes one row, without"
                + " element, key and place."));
  }

  @Override
  public StepKind kind() {
    return StepKind.EXPLODE;
  }

  @Override
  public void check(TransformContext context) {
    TableColumns.own(COLUMN, context.required(COLUMN));
    Set<String> taken = new HashSet<>();
    for (String option : List.of(TO, KEY, POSITION)) {
      Optional<String> name = context.option(option);
      name.ifPresent(given -> TableColumns.own(option, given));
      if (name.isPresent() && !taken.add(name.get().toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(
            "The option %s is '%s', which another option fills already. Choose another column."
                .formatted(option, name.get()));
      }
    }
    context.option(TYPE).ifPresent(text -> explodable(context, TableColumns.type(TYPE, text)));
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return context
        .option(TYPE)
        .map(type -> new InputColumn(context.required(COLUMN), type))
        .map(List::of)
        .orElse(List.of());
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    String name = context.required(COLUMN);
    boolean map =
        explodable(context, TableColumns.field(rows, COLUMN, name).dataType()) instanceof MapType;
    Column elements = TableColumns.column(name);
    Column exploded =
        context.required(OUTER).equals("true") ? posexplode_outer(elements) : posexplode(elements);
    String[] made = map ? new String[] {PLACE, NAME, VALUE} : new String[] {PLACE, VALUE};
    List<Column> columns =
        Arrays.stream(rows.columns())
            .map(TableColumns::column)
            .collect(Collectors.toCollection(ArrayList::new));
    columns.add(exploded.as(made));
    Dataset<Row> after =
        rows.select(columns.toArray(Column[]::new))
            .withColumn(context.required(TO), TableColumns.column(VALUE));
    if (context.option(KEY).isPresent()) {
      after = after.withColumn(context.required(KEY), TableColumns.column(NAME));
    }
    if (context.option(POSITION).isPresent()) {
      after = after.withColumn(context.required(POSITION), TableColumns.column(PLACE));
    }
    return after.drop(made);
  }

  private static DataType explodable(TransformContext context, DataType type) {
    if (type instanceof MapType) {
      return type;
    }
    if (type instanceof ArrayType && context.option(KEY).isEmpty()) {
      return type;
    }
    throw new IllegalArgumentException(
        type instanceof ArrayType
            ? "The option key is there, and the column '%s' is an array, whose elements have no key. Leave it out, or use position."
                .formatted(context.required(COLUMN))
            : "The column '%s' is a %s, which has no elements. Give its array<…> or map<…> by the option type."
                .formatted(context.required(COLUMN), type.sql()));
  }
}
