package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The Delta table of a dataset.
 *
 * @param path the table's folder as a URI; its parent holds {@code _plans} and {@code _quarantine}
 * @param partitionBy what the table is partitioned by, each as {@link PartitionColumn#of} reads it
 * @param properties Delta table properties
 * @param compression how its files are compressed; empty: as the driver's Spark does
 * @param mergeStrategy what an upsert does to files; empty: what the table's properties say, and
 *     copy-on-write where they say nothing
 * @param clusterBy the columns whose like values are put together in files, at most four, instead
 *     of partitions; empty: none
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record TargetSpec(
    String path,
    List<String> partitionBy,
    Map<String, String> properties,
    Optional<TableCompression> compression,
    Optional<MergeStrategy> mergeStrategy,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> clusterBy) {
  private static final int MOST_CLUSTERING_COLUMNS = 4;

  /** Fills in the defaults: neither partitioned nor clustered, no properties. */
  public TargetSpec {
    path = SpecChecks.uri("target.path", path);
    partitionBy = partitionBy == null ? List.of() : List.copyOf(partitionBy);
    properties =
        properties == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(properties));
    SpecChecks.noNulls("target.properties", properties);
    compression = compression == null ? Optional.empty() : compression;
    mergeStrategy = mergeStrategy == null ? Optional.empty() : mergeStrategy;
    clusterBy = clusterBy == null ? List.of() : List.copyOf(clusterBy);
    if (clusterBy.size() > MOST_CLUSTERING_COLUMNS) {
      throw SpecChecks.invalid(
          "target.clusterBy", clusterBy, "Name four columns at most: those that queries filter by.");
    }
    if (!clusterBy.isEmpty() && !partitionBy.isEmpty()) {
      throw SpecChecks.invalid(
          "target.clusterBy",
          clusterBy,
          "A table is clustered or partitioned, not both: leave one of the two out.");
    }
  }

  /** A table that is not clustered. */
  public TargetSpec(
      String path,
      List<String> partitionBy,
      Map<String, String> properties,
      Optional<TableCompression> compression,
      Optional<MergeStrategy> mergeStrategy) {
    this(path, partitionBy, properties, compression, mergeStrategy, null);
  }

  /** A table whose files are written as Spark and Delta do by themselves. */
  public TargetSpec(String path, List<String> partitionBy, Map<String, String> properties) {
    this(path, partitionBy, properties, null, null);
  }

  /** This table partitioned otherwise. */
  public TargetSpec withPartitionBy(List<String> others) {
    return new TargetSpec(path, others, properties, compression, mergeStrategy, clusterBy);
  }

  /** This table clustered otherwise. */
  public TargetSpec withClusterBy(List<String> others) {
    return new TargetSpec(path, partitionBy, properties, compression, mergeStrategy, others);
  }
}
