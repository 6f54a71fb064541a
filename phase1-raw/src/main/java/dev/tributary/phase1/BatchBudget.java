package dev.tributary.phase1;

import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** Shares a source's bound among its partitions. */
final class BatchBudget {
  private BatchBudget() {}

  /**
   * How many offsets of each partition a batch takes: all where they fit, else in proportion to
   * what waits, so that no partition starves and each that has something gets at least one.
   *
   * @param waiting offsets that wait, by partition; none is negative
   * @param limit at most about this many in all, at least 1
   */
  static Map<TopicPartition, Long> share(Map<TopicPartition, Long> waiting, long limit) {
    long total = waiting.values().stream().mapToLong(Long::longValue).sum();
    Map<TopicPartition, Long> shares = new TreeMap<>(TopicPartitions.ORDER);
    waiting.forEach(
        (partition, offsets) -> {
          if (offsets > 0) {
            shares.put(partition, total <= limit ? offsets : part(offsets, limit, total));
          }
        });
    return shares;
  }

  private static long part(long offsets, long limit, long total) {
    return Math.min(offsets, Math.max(1, (long) ((double) offsets * limit / total)));
  }
}
