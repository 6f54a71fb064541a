package dev.tributary.transforms.basic;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Makes columns of the fields of objects, however deep: {@code address.city} is address_city. */
public final class FlattenTransform implements RowTransform {
  private static final String COLUMNS = "columns";
  private static final String SEPARATOR = "separator";

  /** For the service loader. */
  public FlattenTransform() {}

  @Override
  public String name() {
    return "flatten";
  }

  @Override
  public String documentation() {
    return "Makes columns of the fields of objects, however deep: `address.geo.lat` becomes `address_geo_lat`, in place of a field of the record that has that name.";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.required(
            COLUMNS,
            TransformOption.Type.PAIRS,
            "Objects of the record and their types:"
                + " `address:struct<city:string,geo:struct<lat:double,lon:double>>`."),
        TransformOption.withDefault(
            SEPARATOR, TransformOption.Type.TEXT, "_", "What stands between the names."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    leaves(context);
  }

  @Override
  public List<InputColumn> inputColumns(TransformContext context) {
    return TableColumns.inputs(context, COLUMNS);
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    Map<String, Column> leaves = leaves(context);
    List<Column> columns = new ArrayList<>();
    for (String name : rows.columns()) {
      boolean replaced = leaves.containsKey(name.toLowerCase(Locale.ROOT));
      boolean object = context.pairs(COLUMNS).keySet().stream().anyMatch(name::equalsIgnoreCase);
      if (!replaced && !object) {
        columns.add(TableColumns.column(name));
      }
    }
    columns.addAll(leaves.values());
    return rows.select(columns.toArray(Column[]::new));
  }

  private static Map<String, Column> leaves(TransformContext context) {
    Map<String, Column> leaves = new LinkedHashMap<>();
    context
        .pairs(COLUMNS)
        .forEach(
            (name, type) -> {
              if (!(TableColumns.type(COLUMNS, type) instanceof StructType struct)) {
                throw new IllegalArgumentException(
                    "The option columns says that '%s' is a %s; only a struct<…> can be flattened."
                        .formatted(name, type));
              }
              add(
                  leaves,
                  TableColumns.own(COLUMNS, name),
                  TableColumns.column(name),
                  struct,
                  context.required(SEPARATOR));
            });
    return leaves;
  }

  private static void add(
      Map<String, Column> leaves, String name, Column object, StructType struct, String separator) {
    for (StructField field : struct.fields()) {
      String leaf = name + separator + field.name();
      Column value = object.getField(field.name());
      if (field.dataType() instanceof StructType inner) {
        add(leaves, leaf, value, inner, separator);
        continue;
      }
      if (leaves.put(leaf.toLowerCase(Locale.ROOT), value.as(leaf)) != null) {
        throw new IllegalArgumentException(
            "The option columns makes two columns of the name '%s'. Choose another separator."
                .formatted(leaf));
      }
    }
  }
}
