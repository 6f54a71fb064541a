package dev.tributary.core.spec;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.HashMap;
import java.util.Map;

/** The JSON form of a start position. */
final class StartPositionJson {
  private StartPositionJson() {}

  static StartPosition read(Object json) {
    if ("earliest".equals(json)) {
      return new StartPosition.Earliest();
    }
    if ("latest".equals(json)) {
      return new StartPosition.Latest();
    }
    if (json instanceof Map<?, ?> map && map.size() == 1) {
      if (map.get("timestamp") instanceof Number millis) {
        return new StartPosition.Timestamp(millis.longValue());
      }
      if (map.get("offsets") instanceof Map<?, ?> topics) {
        return new StartPosition.Offsets(offsets(topics));
      }
    }
    throw refused(json);
  }

  private static Map<String, Map<Integer, Long>> offsets(Map<?, ?> topics) {
    Map<String, Map<Integer, Long>> byTopic = new HashMap<>();
    topics.forEach(
        (topic, partitions) -> {
          if (!(partitions instanceof Map<?, ?> map)) {
            throw refused(partitions);
          }
          Map<Integer, Long> offsets = new HashMap<>();
          map.forEach(
              (partition, offset) -> {
                if (!String.valueOf(partition).matches("\\d{1,9}")
                    || !(offset instanceof Number number)
                    || number.longValue() < 0) {
                  throw refused(partition + ": " + offset);
                }
                offsets.put(Integer.valueOf(String.valueOf(partition)), number.longValue());
              });
          byTopic.put(String.valueOf(topic), Map.copyOf(offsets));
        });
    return byTopic;
  }

  static Object write(StartPosition start) {
    if (start instanceof StartPosition.Timestamp timestamp) {
      return Map.of("timestamp", timestamp.epochMillis());
    }
    if (start instanceof StartPosition.Offsets offsets) {
      return Map.of("offsets", offsets.byTopic());
    }
    return start instanceof StartPosition.Earliest ? "earliest" : "latest";
  }

  private static TributaryException refused(Object json) {
    return new TributaryException(
        ErrorCode.SPEC_INVALID,
        "The start position '%s' is not understood. Use \"earliest\", \"latest\",".formatted(json)
            + " {\"timestamp\": <epoch milliseconds>} or"
            + " {\"offsets\": {\"<topic>\": {\"<partition>\": <offset>}}}.");
  }
}
