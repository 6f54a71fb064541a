package dev.tributary.phase2.execute;

import dev.tributary.core.spec.PartitionColumn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * The partitions that the rows of a batch's keys can be in: a partition column that belongs to the
 * key, or is derived from a column of it, has one value for each key. They are made of the keys,
 * since of deletes the batch knows nothing else.
 *
 * @param values by partition column; a column of which the batch has many values is left out
 */
record KeyPartitions(Map<String, List<Object>> values) {
  private static final int MOST = 200;

  /** Types whose values are told apart in the names of partitions as they are in comparisons. */
  private static final List<DataType> EXACT =
      List.of(
          DataTypes.StringType,
          DataTypes.DateType,
          DataTypes.ByteType,
          DataTypes.ShortType,
          DataTypes.IntegerType,
          DataTypes.LongType);

  /** Those of the keys. */
  static KeyPartitions of(PlanWork work, KeyedLayout layout, Dataset<Row> keyed) {
    Map<String, List<Object>> values = new HashMap<>();
    for (PartitionColumn partition : work.spec().partitions()) {
      layout.keys().stream()
          .filter(partition.column()::equalsIgnoreCase)
          .filter(key -> partition.derivation().isEmpty() || derivedAlike(work, partition))
          .findFirst()
          .map(key -> keyed.select(value(partition, Names.column(key))))
          .filter(column -> EXACT.contains(column.schema().apply(0).dataType()))
          .flatMap(KeyPartitions::distinct)
          .ifPresent(found -> values.put(partition.name(), found));
    }
    return new KeyPartitions(Map.copyOf(values));
  }

  /**
   * Whether all rows have it from the same column: not those of a table that was there before the
   * dataset, nor of another dataset, which may derive it otherwise.
   */
  private static boolean derivedAlike(PlanWork work, PartitionColumn partition) {
    String own = TableLayout.versionProperty(work.spec().name());
    return work.transactions()
        .state(work.folders().table())
        .filter(table -> table.partitionBy().contains(partition.name()))
        .filter(table -> table.properties().containsKey(TableLayout.DERIVED))
        .filter(
            table ->
                table.properties().keySet().stream()
                    .filter(TableLayout::isVersionProperty)
                    .allMatch(own::equals))
        .isPresent();
  }

  private static Column value(PartitionColumn partition, Column key) {
    return partition.derivation().isPresent() ? PartitionTime.of(partition, key) : key;
  }

  private static Optional<List<Object>> distinct(Dataset<Row> column) {
    List<Object> found =
        column.na().drop().distinct().limit(MOST + 1).collectAsList().stream()
            .map(row -> row.get(0))
            .toList();
    return found.size() > MOST || !found.stream().allMatch(KeyRange::comparable)
        ? Optional.empty()
        : Optional.of(found);
  }

  /**
   * Adds them to a condition.
   *
   * @param column the partition column of a name
   */
  Column within(Column condition, Function<String, Column> column) {
    Column within = condition;
    for (Map.Entry<String, List<Object>> each : values.entrySet()) {
      within = within.and(column.apply(each.getKey()).isin(each.getValue().toArray()));
    }
    return within;
  }
}
