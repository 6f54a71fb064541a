package dev.tributary.phase2.table;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.types.StructType;

/**
 * What a table should be.
 *
 * @param columns its columns; those of the table that none of them goes on are dropped
 * @param partitionBy its partition columns; fixed when it is created, but for their names
 * @param properties its properties; others that it has are kept
 * @param unset properties that it loses
 * @param clusterBy its clustering columns; fixed when it is created, but for their names
 */
public record TableDefinition(
    List<TableColumn> columns,
    List<String> partitionBy,
    Map<String, String> properties,
    Set<String> unset,
    List<String> clusterBy) {
  /** Copies the collections. */
  public TableDefinition {
    columns = List.copyOf(columns);
    partitionBy = List.copyOf(partitionBy);
    properties = Map.copyOf(properties);
    unset = Set.copyOf(unset);
    clusterBy = List.copyOf(clusterBy);
  }

  /** A table that is not clustered. */
  public TableDefinition(
      List<TableColumn> columns,
      List<String> partitionBy,
      Map<String, String> properties,
      Set<String> unset) {
    this(columns, partitionBy, properties, unset, List.of());
  }

  /** A table whose columns go on those of the same names. */
  public TableDefinition(
      StructType schema, List<String> partitionBy, Map<String, String> properties) {
    this(
        Arrays.stream(schema.fields()).map(TableColumn::same).toList(),
        partitionBy,
        properties,
        Set.of());
  }
}
