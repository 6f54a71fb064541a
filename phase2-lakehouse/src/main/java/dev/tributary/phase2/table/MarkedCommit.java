package dev.tributary.phase2.table;

import java.util.Map;

/**
 * The Delta commit that bears a plan's mark.
 *
 * @param version the table's version that it made
 * @param userMetadata the text that it carries; empty if none
 * @param metrics what the operation measured
 */
public record MarkedCommit(long version, String userMetadata, Map<String, String> metrics) {
  /** Copies the metrics. */
  public MarkedCommit {
    metrics = Map.copyOf(metrics);
  }

  /** A measure, or 0 where the operation has none of this name. */
  public long metric(String name) {
    return Long.parseLong(metrics.getOrDefault(name, "0"));
  }
}
