package dev.tributary.phase2.table;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.StructType;

/**
 * What a table should be.
 *
 * @param schema its columns
 * @param partitionBy its partition columns; fixed when it is created
 * @param properties its properties; others that it has are kept
 */
public record TableDefinition(
    StructType schema, List<String> partitionBy, Map<String, String> properties) {
  /** Copies the collections. */
  public TableDefinition {
    partitionBy = List.copyOf(partitionBy);
    properties = Map.copyOf(properties);
  }
}
