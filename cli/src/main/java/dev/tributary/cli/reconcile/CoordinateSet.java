package dev.tributary.cli.reconcile;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * A set of Kafka coordinates, one bit each: a partition's offsets lie close together. Not
 * thread-safe.
 */
final class CoordinateSet {
  private static final int CHUNK_BITS = 16;
  private static final int CHUNK_MASK = (1 << CHUNK_BITS) - 1;

  private final Map<PartitionId, Map<Long, BitSet>> chunks = new HashMap<>();
  private final Map<PartitionId, Long> twice = new HashMap<>();
  private long size;

  /** Adds a coordinate; one that is already there is counted as twice. */
  void add(PartitionId partition, long offset) {
    BitSet chunk =
        chunks
            .computeIfAbsent(partition, ignored -> new HashMap<>())
            .computeIfAbsent(offset >>> CHUNK_BITS, ignored -> new BitSet());
    int bit = (int) (offset & CHUNK_MASK);
    if (chunk.get(bit)) {
      twice.merge(partition, 1L, Long::sum);
      return;
    }
    chunk.set(bit);
    size++;
  }

  boolean contains(PartitionId partition, long offset) {
    BitSet chunk = chunks.getOrDefault(partition, Map.of()).get(offset >>> CHUNK_BITS);
    return chunk != null && chunk.get((int) (offset & CHUNK_MASK));
  }

  long size() {
    return size;
  }

  long size(PartitionId partition) {
    return chunks.getOrDefault(partition, Map.of()).values().stream()
        .mapToLong(BitSet::cardinality)
        .sum();
  }

  Map<PartitionId, Long> twice() {
    return Map.copyOf(twice);
  }

  long twiceInAll() {
    return twice.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many of these coordinates the other set lacks. */
  long notIn(CoordinateSet other) {
    long count = 0;
    for (Map.Entry<PartitionId, Map<Long, BitSet>> partition : chunks.entrySet()) {
      Map<Long, BitSet> others = other.chunks.getOrDefault(partition.getKey(), Map.of());
      for (Map.Entry<Long, BitSet> chunk : partition.getValue().entrySet()) {
        BitSet rest = (BitSet) chunk.getValue().clone();
        rest.andNot(others.getOrDefault(chunk.getKey(), new BitSet()));
        count += rest.cardinality();
      }
    }
    return count;
  }
}
