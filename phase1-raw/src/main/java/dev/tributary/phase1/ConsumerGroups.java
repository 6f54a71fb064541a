package dev.tributary.phase1;

import dev.tributary.core.error.TributaryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets consumer groups follow the manifest log. They are for people's lag tools: nobody reads them
 * here.
 */
final class ConsumerGroups {
  private static final Logger LOG = LoggerFactory.getLogger(ConsumerGroups.class);

  private final KafkaCluster cluster;
  private final IngestMetrics metrics;

  ConsumerGroups(KafkaCluster cluster, IngestMetrics metrics) {
    this.cluster = cluster;
    this.metrics = metrics;
  }

  /** Commits what became durable since the last call. */
  void follow() {
    metrics
        .takeGroupOffsets()
        .forEach(
            (group, offsets) -> {
              try {
                cluster.commitOffsets(group, offsets);
              } catch (TributaryException e) {
                LOG.warn("The offsets of group {} could not be committed", group, e);
                metrics.putBack(group, offsets);
              }
            });
  }
}
