package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lit;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.HistoryColumns;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.phase2.step.Coordinates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Lays out all that a history of a key is made of in the same columns: the events of a batch, all
 * of them, the versions that stand in the table, and the deletes that were remembered.
 */
final class HistoryEvents {
  /** What compares events before their raw position does, as a struct. */
  static final String ORDER = "__tributary_order";

  /** Where the event comes from; of one that comes from several places the least counts. */
  static final String ORIGIN = "__tributary_origin";

  static final int TABLE = 0;
  static final int REMEMBERED = 1;
  static final int BATCH = 2;

  private final DatasetSpec spec;
  private final KeyedLayout layout;

  HistoryEvents(DatasetSpec spec) {
    this.spec = spec;
    this.layout = new KeyedLayout(spec);
  }

  /**
   * The events of a batch.
   *
   * @param rows as the table would get them
   * @param partitions in how many they lie afterwards
   * @param diversion is told of each event
   */
  Dataset<Row> of(Dataset<Row> rows, int partitions, Diversion diversion) {
    Column deletes = KeyReduction.deletes(spec);
    Dataset<Row> counted =
        KeyReduction.left(spec, rows, diversion)
            .filter(ArchiveRows.call(new CountEvents(diversion), Names.column(Coordinates.OFFSET)))
            .repartition(partitions, layout.keyColumns());
    return laidOut(counted, layout.order(), deletes, BATCH, Map.of());
  }

  /** Has Spark analyse what becomes of a batch. */
  void analyse(Dataset<Row> rows) {
    new HistoryVersions(spec).resolve(of(rows, 1, new Diversion()));
  }

  /**
   * The deletes of a batch that have nothing but a key, and stand at their own time.
   *
   * @param tombstones key and coordinates
   */
  Dataset<Row> ofTombstones(Dataset<Row> tombstones) {
    Set<String> there = folded(tombstones);
    List<Column> columns = new ArrayList<>();
    for (String name : tombstones.columns()) {
      columns.add(Names.column(name));
    }
    StructType table = TableLayout.schema(spec);
    for (int i = 0; i < layout.orderBy().size(); i++) {
      String name = layout.orderBy().get(i);
      if (!there.contains(name.toLowerCase(Locale.ROOT))) {
        Column value = i == 0 ? Names.column(Coordinates.TIMESTAMP) : lit(null);
        columns.add(value.cast(table.apply(name).dataType()).as(name));
      }
    }
    for (PartitionColumn partition : TableLayout.derived(spec)) {
      if (partition.column().equalsIgnoreCase(layout.orderBy().get(0))) {
        Column time = Names.column(Coordinates.TIMESTAMP);
        columns.add(PartitionTime.of(partition, time).as(partition.name()));
      }
    }
    return laidOut(
        tombstones.select(columns.toArray(Column[]::new)),
        layout.order(),
        lit(true),
        BATCH,
        Map.of(TombstoneTable.BY_TOMBSTONE, lit(true)));
  }

  /** Versions of the table: what decides about their place, and their partition. */
  Dataset<Row> ofTable(Dataset<Row> rows) {
    boolean soft = TableLayout.softDeletes(spec);
    List<String> needed =
        Stream.of(
                layout.keys().stream(),
                layout.orderBy().stream(),
                spec.partitions().stream().map(PartitionColumn::name),
                layout.coordinates().stream(),
                Stream.of(HistoryColumns.VALID_TO, HistoryColumns.CURRENT),
                soft ? Stream.of(TableLayout.DELETED) : Stream.<String>empty())
            .flatMap(names -> names)
            .collect(
                Collectors.toMap(
                    name -> name.toLowerCase(Locale.ROOT),
                    name -> name,
                    (first, again) -> first,
                    LinkedHashMap::new))
            .values()
            .stream()
            .toList();
    Column deleted = soft ? coalesce(Names.column(TableLayout.DELETED), lit(false)) : lit(false);
    return laidOut(
        rows.select(ArchiveRows.columns(needed, List.of())),
        layout.order(),
        deleted,
        TABLE,
        Map.of());
  }

  /**
   * Deletes of earlier batches that made no version.
   *
   * @param rows as {@link TombstoneTable} holds them
   */
  Dataset<Row> ofRemembered(Dataset<Row> rows) {
    // What it holds besides may be called as columns of the dataset are.
    List<Column> needed =
        List.of(
            Names.column(TombstoneTable.ORDER).as(ORDER),
            Names.column(TombstoneTable.BY_TOMBSTONE));
    List<String> own =
        Stream.of(layout.keys(), layout.coordinates()).flatMap(List::stream).toList();
    return laidOut(
        rows.select(ArchiveRows.columns(own, needed)),
        Names.column(ORDER),
        lit(true),
        REMEMBERED,
        Map.of());
  }

  private Dataset<Row> laidOut(
      Dataset<Row> rows, Column order, Column deleted, int origin, Map<String, Column> more) {
    Map<String, Column> given = new LinkedHashMap<>(more);
    given.put(TableLayout.DELETED, deleted);
    given.put(ORDER, order);
    given.put(ORIGIN, lit(origin));
    Set<String> there = folded(rows);
    return rows.select(
        Arrays.stream(schema().fields())
            .map(field -> column(field, given, there).as(field.name()))
            .toArray(Column[]::new));
  }

  private static Column column(StructField field, Map<String, Column> given, Set<String> there) {
    if (given.containsKey(field.name())) {
      return given.get(field.name());
    }
    return there.contains(field.name().toLowerCase(Locale.ROOT))
        ? Names.column(field.name())
        : lit(null).cast(field.dataType());
  }

  private static Set<String> folded(Dataset<Row> rows) {
    return Arrays.stream(rows.columns())
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  private StructType schema() {
    StructType table = TableLayout.schema(spec);
    StructType schema = layout.keySchema();
    for (List<String> names : List.of(layout.values(), layout.coordinates())) {
      for (String name : names) {
        schema = schema.add(table.apply(name));
      }
    }
    return schema
        .add(TableLayout.DELETED, DataTypes.BooleanType)
        .add(TombstoneTable.BY_TOMBSTONE, DataTypes.BooleanType)
        .add(ORDER, DataTypes.NullType)
        .add(ORIGIN, DataTypes.IntegerType)
        .add(table.apply(HistoryColumns.VALID_TO))
        .add(table.apply(HistoryColumns.CURRENT));
  }
}
