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
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record TargetSpec(
    String path,
    List<String> partitionBy,
    Map<String, String> properties,
    Optional<TableCompression> compression,
    Optional<MergeStrategy> mergeStrategy) {
  /** Fills in the defaults: not partitioned, no properties. */
  public TargetSpec {
    path = SpecChecks.uri("target.path", path);
    partitionBy = partitionBy == null ? List.of() : List.copyOf(partitionBy);
    properties =
        properties == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(properties));
    SpecChecks.noNulls("target.properties", properties);
    compression = compression == null ? Optional.empty() : compression;
    mergeStrategy = mergeStrategy == null ? Optional.empty() : mergeStrategy;
  }

  /** A table whose files are written as Spark and Delta do by themselves. */
  public TargetSpec(String path, List<String> partitionBy, Map<String, String> properties) {
    this(path, partitionBy, properties, null, null);
  }

  /** This table partitioned otherwise. */
  public TargetSpec withPartitionBy(List<String> others) {
    return new TargetSpec(path, others, properties, compression, mergeStrategy);
  }
}
