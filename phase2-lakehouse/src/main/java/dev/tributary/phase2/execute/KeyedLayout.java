package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.phase2.step.Coordinates;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * How the events of a table of keys are laid out while they are brought together: the key columns,
 * and, while they are reduced, everything else of an event in one struct.
 */
final class KeyedLayout {
  /** Of an event's struct: whether it deletes. */
  static final String DELETES = "__tributary_deletes";

  private final DatasetSpec spec;
  private final List<String> keys;
  private final List<String> values;
  private final List<String> orderBy;

  KeyedLayout(DatasetSpec spec) {
    this.spec = spec;
    this.keys = declared(spec, spec.write().primaryKey());
    this.orderBy = declared(spec, spec.write().orderBy());
    this.values =
        Stream.of(
                TableLayout.names(spec.columns()).stream().filter(name -> !keys.contains(name)),
                TableLayout.derived(spec).stream().map(PartitionColumn::name),
                TableLayout.rescued(spec).stream())
            .flatMap(names -> names)
            .toList();
  }

  /** The names as they are declared. */
  private static List<String> declared(DatasetSpec spec, List<String> names) {
    return names.stream()
        .map(
            name ->
                spec.columns().stream()
                    .map(ColumnSpec::name)
                    .filter(name::equalsIgnoreCase)
                    .findFirst()
                    .orElseThrow())
        .toList();
  }

  /** Whether a row without a value in the column has no place in the table. */
  static boolean demands(DatasetSpec spec, ColumnSpec column) {
    return switch (spec.write().mode()) {
      case APPEND -> false;
      case UPSERT -> spec.write().primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase);
      case HISTORY ->
          spec.write().primaryKey().stream().anyMatch(column.name()::equalsIgnoreCase)
              || spec.write().orderBy().get(0).equalsIgnoreCase(column.name());
    };
  }

  List<String> keys() {
    return keys;
  }

  /** The coordinates of a row. */
  List<String> coordinates() {
    return Coordinates.all(spec);
  }

  /** As {@link TableLayout#numbered}. */
  Dataset<Row> numbered(Dataset<Row> rows) {
    return TableLayout.numbered(spec, rows);
  }

  /** The same, those of the raw position first, so that a struct of them compares by it. */
  List<String> positionFirst() {
    List<String> position = Coordinates.rawPosition(spec);
    return Stream.concat(
            position.stream(), coordinates().stream().filter(name -> !position.contains(name)))
        .toList();
  }

  /**
   * The declared columns that are no keys, those that partitions are derived into, and that of
   * rescued fields.
   */
  List<String> values() {
    return values;
  }

  List<String> orderBy() {
    return orderBy;
  }

  Column[] keyColumns() {
    return keys.stream().map(Names::column).toArray(Column[]::new);
  }

  /** The keys' columns with their types. */
  StructType keySchema() {
    StructType schema = new StructType();
    StructType table = TableLayout.schema(spec);
    for (String key : keys) {
      schema = schema.add(table.apply(key));
    }
    return schema;
  }

  /** An event: everything but its key. */
  Column event(Column deletes) {
    List<Column> fields = new ArrayList<>();
    values.forEach(name -> fields.add(Names.column(name)));
    coordinates().forEach(name -> fields.add(Names.column(name)));
    fields.add(deletes.as(DELETES));
    return struct(fields.toArray(Column[]::new));
  }

  /** What says which of two events is newer, before their raw position does; never null. */
  Column order() {
    return orderOf(orderBy.stream().map(Names::column).toList());
  }

  /**
   * The columns that compare whole events one after the other, as {@link #rank(Column, Column)} of
   * a row does at once: nulls are least.
   */
  List<Column> rank() {
    return Stream.concat(orderBy.stream(), Coordinates.rawPosition(spec).stream())
        .map(Names::column)
        .toList();
  }

  static Column[] descending(List<Column> columns) {
    return columns.stream().map(Column::desc_nulls_last).toArray(Column[]::new);
  }

  /** As {@link #order}, of an event's struct; null where the struct is. */
  Column order(String event) {
    return guarded(
        event,
        orderOf(
            orderBy.stream()
                .map(name -> keys.contains(name) ? Names.column(name) : Names.column(event, name))
                .toList()));
  }

  /** As {@link #order}, of an aliased table's row. */
  Column orderIn(String alias) {
    return orderOf(orderBy.stream().map(name -> Names.column(alias, name)).toList());
  }

  /** The type of {@link #order}. */
  StructType orderType(SparkSession session) {
    return (StructType)
        session
            .createDataFrame(List.<Row>of(), TableLayout.schema(spec))
            .select(order())
            .schema()
            .asNullable()
            .apply(0)
            .dataType();
  }

  private static Column orderOf(List<Column> columns) {
    return columns.isEmpty() ? struct(lit(0)) : struct(columns.toArray(Column[]::new));
  }

  /** The raw position of a row. */
  Column position() {
    return struct(Coordinates.rawPosition(spec).stream().map(Names::column).toArray(Column[]::new));
  }

  /** The raw position of a struct, or of an aliased row. */
  Column position(String within) {
    return struct(
        Coordinates.rawPosition(spec).stream()
            .map(name -> Names.column(within, name))
            .toArray(Column[]::new));
  }

  /** The raw position of an aliased table's row. */
  Column positionIn(String alias) {
    return struct(
        Coordinates.rawPosition(spec).stream()
            .map(name -> Names.column(alias, spec.coordinates().inTable(name)).as(name))
            .toArray(Column[]::new));
  }

  /** Null where the struct is null, since a struct of nulls would compare. */
  static Column guarded(String struct, Column value) {
    return org.apache.spark.sql.functions.when(Names.column(struct).isNotNull(), value);
  }

  /** What compares whole events: the order, then the raw position. */
  static Column rank(Column order, Column position) {
    return struct(order.as("order"), position.as("position"));
  }
}
