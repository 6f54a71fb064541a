package dev.tributary.phase2.table;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.StructType;

/**
 * A table as of one version.
 *
 * @param version its version
 * @param schema its columns
 * @param partitionBy its partition columns
 * @param properties its properties
 */
public record TableState(
    long version, StructType schema, List<String> partitionBy, Map<String, String> properties) {
  /** Copies the collections. */
  public TableState {
    partitionBy = List.copyOf(partitionBy);
    properties = Map.copyOf(properties);
  }
}
