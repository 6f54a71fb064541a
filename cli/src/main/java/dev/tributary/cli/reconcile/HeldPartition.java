package dev.tributary.cli.reconcile;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the manifest log says of a partition, cumulative.
 *
 * @param next the watermark: the next offset
 * @param records how many records it ever held
 * @param gaps offsets accounted for without a record, by kind
 * @param expired how many of the records retention took out
 * @param erased how many of the records erasure took out
 */
public record HeldPartition(
    String topic,
    int incarnation,
    int partition,
    long next,
    long records,
    Map<String, Long> gaps,
    long expired,
    long erased) {
  /** Copies the gaps. */
  public HeldPartition {
    gaps = Collections.unmodifiableMap(new TreeMap<>(gaps));
  }

  long explained() {
    return gaps.values().stream().mapToLong(Long::longValue).sum();
  }
}
