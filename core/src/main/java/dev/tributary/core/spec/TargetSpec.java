package dev.tributary.core.spec;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The Delta table of a dataset.
 *
 * @param path the table's folder as a URI; its parent holds {@code _plans} and {@code _quarantine}
 * @param partitionBy declared columns that the table is partitioned by
 * @param properties Delta table properties
 */
public record TargetSpec(String path, List<String> partitionBy, Map<String, String> properties) {
  /** Fills in the defaults: not partitioned, no properties. */
  public TargetSpec {
    path = SpecChecks.uri("target.path", path);
    partitionBy = partitionBy == null ? List.of() : List.copyOf(partitionBy);
    properties =
        properties == null
            ? Map.of()
            : java.util.Collections.unmodifiableMap(new TreeMap<>(properties));
    SpecChecks.noNulls("target.properties", properties);
  }
}
