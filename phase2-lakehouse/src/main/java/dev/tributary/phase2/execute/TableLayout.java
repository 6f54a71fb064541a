package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.HistoryColumns;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.core.spec.UnknownFieldsSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.step.Coordinates;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The columns of a dataset's table: the declared ones, the coordinates, the platform's own. */
final class TableLayout {
  /** Marks the rows that a soft delete left, or the versions that are deletes. */
  static final String DELETED = "_deleted";

  /**
   * Marks the column of rescued fields in the table, whose writers then know what it is for when
   * their own version does not fill it.
   */
  private static final String RESCUED_MARK = "tributary.rescued";

  private static final Metadata RESCUED_FIELDS =
      new MetadataBuilder().putBoolean(RESCUED_MARK, true).build();

  private static final String HISTORY_MARK = "tributary.history";

  private static final Metadata HISTORY =
      new MetadataBuilder().putBoolean(HISTORY_MARK, true).build();

  private TableLayout() {}

  /** The table's property that says which version of a dataset it stands under. */
  static String versionProperty(String dataset) {
    return "tributary.dataset.%s.version".formatted(dataset);
  }

  /** The property of a table whose derived partition columns were all filled by such datasets. */
  static final String DERIVED = "tributary.partitions";

  /** Whether a table's property is one of these. */
  static boolean isVersionProperty(String property) {
    return property.startsWith("tributary.dataset.") && property.endsWith(".version");
  }

  /** Nullable all of them: what a column demands may change, and the checks come before. */
  static StructType schema(DatasetSpec spec) {
    StructType schema = new StructType();
    for (ColumnSpec column : spec.columns()) {
      StructField field = new StructField(column.name(), type(column), true, Metadata.empty());
      schema = schema.add(column.comment().map(field::withComment).orElse(field));
    }
    for (PartitionColumn partition : derived(spec)) {
      schema =
          schema.add(partition.name(), DataType.fromDDL(partition.derivation().get().type()), true);
    }
    if (spec.unknownFields().rescues()) {
      schema =
          schema.add(
              new StructField(
                  spec.unknownFields().column(), DataTypes.StringType, true, RESCUED_FIELDS));
    }
    for (StructField coordinate : Coordinates.schema(spec).fields()) {
      schema = schema.add(coordinate);
    }
    if (softDeletes(spec)) {
      schema = schema.add(DELETED, DataTypes.BooleanType, true);
    }
    return spec.write().mode() == WriteMode.HISTORY ? withValidity(schema, spec) : schema;
  }

  /** As {@link #schema}, under the names that the table has. */
  static StructType tableSchema(DatasetSpec spec) {
    StructType schema = new StructType();
    for (StructField field : schema(spec).fields()) {
      schema =
          schema.add(
              new StructField(
                  spec.coordinates().inTable(field.name()),
                  field.dataType(),
                  field.nullable(),
                  field.metadata()));
    }
    return schema;
  }

  /** Rows under the names that the table has. */
  static Dataset<Row> toTable(DatasetSpec spec, Dataset<Row> rows) {
    Map<String, String> renamed = spec.coordinates().renamed();
    return renamed.isEmpty() ? rows : rows.withColumnsRenamed(renamed);
  }

  /** Rows of the table under the names that rows have on their way to it. */
  static Dataset<Row> fromTable(DatasetSpec spec, Dataset<Row> rows) {
    Map<String, String> standard = new HashMap<>();
    spec.coordinates().renamed().forEach((name, inTable) -> standard.put(inTable, name));
    return standard.isEmpty() ? rows : rows.withColumnsRenamed(standard);
  }

  private static StructType withValidity(StructType schema, DatasetSpec spec) {
    String time = new KeyedLayout(spec).orderBy().get(0);
    DataType type = schema.apply(time).dataType();
    return schema
        .add(new StructField(HistoryColumns.VALID_FROM, type, true, HISTORY))
        .add(HistoryColumns.VALID_TO, type, true)
        .add(HistoryColumns.CURRENT, DataTypes.BooleanType, true);
  }

  /** The rows of a table, which may be from before its dataset's steps exploded records. */
  static Dataset<Row> numbered(DatasetSpec spec, Dataset<Row> rows) {
    return spec.explodes() && !List.of(rows.columns()).contains(Coordinates.ROW)
        ? rows.withColumn(Coordinates.ROW, lit(null).cast(DataTypes.IntegerType))
        : rows;
  }

  /** Whether a table is one of versions, as far as a column of it says so. */
  static boolean holdsVersions(StructField field) {
    return field.metadata().contains(HISTORY_MARK);
  }

  /** Whether a column is as wide as the first of the order is. */
  static boolean followsOrder(DatasetSpec spec, String name) {
    return spec.write().mode() == WriteMode.HISTORY
        && (name.equals(HistoryColumns.VALID_FROM) || name.equals(HistoryColumns.VALID_TO));
  }

  /** The column of the fields that no column is declared for, where they are kept. */
  static Optional<String> rescued(DatasetSpec spec) {
    return Optional.of(spec.unknownFields())
        .filter(UnknownFieldsSpec::rescues)
        .map(UnknownFieldsSpec::column);
  }

  /** Whether a column of a table is, or was once, one of rescued fields. */
  static boolean holdsRescued(StructField field) {
    return field.metadata().contains(RESCUED_MARK);
  }

  /** The partition columns that are none of the declared columns. */
  static List<PartitionColumn> derived(DatasetSpec spec) {
    return spec.partitions().stream()
        .filter(partition -> partition.derivation().isPresent())
        .toList();
  }

  static boolean softDeletes(DatasetSpec spec) {
    return spec.write().mode().keyed() && spec.write().deletes() == Deletes.SOFT;
  }

  static DataType type(ColumnSpec column) {
    try {
      return DataType.fromDDL(column.type());
    } catch (Exception e) {
      // Scala throws checked exceptions that its signatures do not name.
      throw unknown(column, e);
    }
  }

  private static TributaryException unknown(ColumnSpec column, Exception cause) {
    return new TributaryException(
        ErrorCode.SPEC_INVALID,
        "The column '%s' has the type '%s', which Spark does not know. Use a Spark SQL type."
            .formatted(column.name(), column.type()),
        cause);
  }

  static List<String> names(List<ColumnSpec> columns) {
    return columns.stream().map(ColumnSpec::name).toList();
  }
}
