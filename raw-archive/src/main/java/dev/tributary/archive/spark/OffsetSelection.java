package dev.tributary.archive.spark;

import dev.tributary.archive.file.Segment;
import java.util.Map;

/**
 * Which offsets are read. Offsets are given as Kafka's own connector takes them: -2 is the
 * earliest, -1 the latest.
 *
 * @param incarnations that the offsets are of, by topic; a topic that is not named is read whole
 * @param start the first offset, by topic and partition
 * @param end exclusive
 */
record OffsetSelection(
    Map<String, Integer> incarnations,
    Map<String, Map<Integer, Long>> start,
    Map<String, Map<Integer, Long>> end) {
  static final OffsetSelection ALL = new OffsetSelection(Map.of(), Map.of(), Map.of());

  private static final long EARLIEST = -2;
  private static final long LATEST = -1;

  /** The first offset of a partition that is read. */
  long first(String topic, int incarnation, int partition) {
    if (isOther(topic, incarnation)) {
      return Long.MAX_VALUE;
    }
    long first = start.getOrDefault(topic, Map.of()).getOrDefault(partition, EARLIEST);
    return first == LATEST ? Long.MAX_VALUE : Math.max(0, first);
  }

  /** The offset of a partition at which reading ends. */
  long end(String topic, int incarnation, int partition) {
    if (isOther(topic, incarnation)) {
      return 0;
    }
    long end = this.end.getOrDefault(topic, Map.of()).getOrDefault(partition, LATEST);
    return end == LATEST ? Long.MAX_VALUE : Math.max(0, end);
  }

  boolean touches(String topic, Segment segment) {
    return segment.last() >= first(topic, segment.incarnation(), segment.partition())
        && segment.first() < end(topic, segment.incarnation(), segment.partition());
  }

  private boolean isOther(String topic, int incarnation) {
    Integer wanted = incarnations.get(topic);
    return wanted != null && wanted != incarnation;
  }
}
