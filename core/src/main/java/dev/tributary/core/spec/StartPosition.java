package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Map;

/**
 * Where the first read of a source begins. In JSON: {@code "earliest"}, {@code "latest"}, {@code
 * {"timestamp": 1763712000000}} (epoch milliseconds) or {@code {"offsets": {"orders": {"0": 17}}}};
 * partitions that are not named begin at the earliest offset.
 */
public sealed interface StartPosition {
  /** The first offset that the broker still holds. */
  record Earliest() implements StartPosition {}

  /** The end of each partition at the first start. */
  record Latest() implements StartPosition {}

  /** The first record whose timestamp is not before this one. */
  record Timestamp(long epochMillis) implements StartPosition {}

  /** Offsets by topic and partition. */
  record Offsets(Map<String, Map<Integer, Long>> byTopic) implements StartPosition {
    /** Copies the map. */
    public Offsets {
      byTopic = Map.copyOf(byTopic);
    }
  }

  /** Reads the JSON form. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static StartPosition of(Object json) {
    return StartPositionJson.read(json);
  }

  /** The JSON form. */
  @JsonValue
  default Object toJson() {
    return StartPositionJson.write(this);
  }
}
