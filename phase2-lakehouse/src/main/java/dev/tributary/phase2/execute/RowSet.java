package dev.tributary.phase2.execute;

import java.io.Serializable;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A set of rows by where they come from, one bit each: a partition's offsets lie close together.
 * Not thread-safe.
 */
final class RowSet implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int CHUNK_BITS = 12;
  private static final int CHUNK_MASK = (1 << CHUNK_BITS) - 1;

  private final Map<Place, Map<Long, BitSet>> chunks = new HashMap<>();

  /** Rows of one number in their records of a partition. */
  private record Place(String topic, int incarnation, int partition, int row)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Adds a row; false if it is there already. */
  boolean add(RecordId record, int row) {
    BitSet chunk =
        chunks
            .computeIfAbsent(
                new Place(record.topic(), record.incarnation(), record.partition(), row),
                place -> new HashMap<>())
            .computeIfAbsent(record.offset() >>> CHUNK_BITS, number -> new BitSet());
    int bit = (int) (record.offset() & CHUNK_MASK);
    boolean there = chunk.get(bit);
    chunk.set(bit);
    return !there;
  }

  /** Adds another set's rows; the record of one that is there already, if there is any. */
  Optional<RecordId> addAll(RowSet other) {
    Optional<RecordId> twice = Optional.empty();
    for (Map.Entry<Place, Map<Long, BitSet>> of : other.chunks.entrySet()) {
      Map<Long, BitSet> own = chunks.computeIfAbsent(of.getKey(), place -> new HashMap<>());
      for (Map.Entry<Long, BitSet> chunk : of.getValue().entrySet()) {
        BitSet there = own.computeIfAbsent(chunk.getKey(), number -> new BitSet());
        if (there.intersects(chunk.getValue())) {
          BitSet both = (BitSet) there.clone();
          both.and(chunk.getValue());
          twice = Optional.of(record(of.getKey(), chunk.getKey(), both.nextSetBit(0)));
        }
        there.or(chunk.getValue());
      }
    }
    return twice;
  }

  private static RecordId record(Place place, long chunk, int bit) {
    return new RecordId(
        place.topic(), place.incarnation(), place.partition(), (chunk << CHUNK_BITS) + bit);
  }

  RowSet copy() {
    RowSet copy = new RowSet();
    copy.addAll(this);
    return copy;
  }
}
