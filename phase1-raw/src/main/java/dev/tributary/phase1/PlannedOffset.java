package dev.tributary.phase1;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.connector.read.streaming.Offset;

/**
 * Where a batch ends, as it stands in Spark's offset log. It says nothing about where it starts:
 * that is where the archive ends. Each plan has an id of its own, so that a range which was planned
 * but never committed can be planned again.
 */
final class PlannedOffset extends Offset {
  /**
   * The ends of a topic.
   *
   * @param incarnation that was planned; the ends mean nothing in another
   * @param ends by partition, exclusive
   */
  record TopicEnds(int incarnation, Map<Integer, Long> ends) {
    TopicEnds {
      ends = java.util.Collections.unmodifiableMap(new TreeMap<>(ends));
    }
  }

  private record Content(String plan, Map<String, TopicEnds> topics) {}

  private final Content content;

  PlannedOffset(String plan, Map<String, TopicEnds> topics) {
    this.content = new Content(plan, new TreeMap<>(topics));
  }

  /** Before the first plan. */
  static PlannedOffset none() {
    return new PlannedOffset("", Map.of());
  }

  static PlannedOffset parse(String json) {
    try {
      Content content = Json.mapper().readValue(json, Content.class);
      return new PlannedOffset(content.plan(), content.topics());
    } catch (JsonProcessingException e) {
      throw new TributaryException(
          ErrorCode.FORMAT_UNKNOWN,
          "The checkpoint holds an offset that phase 1 did not write: %s. Delete the checkpoint: the archive knows where to go on."
              .formatted(json),
          e);
    }
  }

  String plan() {
    return content.plan();
  }

  Map<String, TopicEnds> topics() {
    return content.topics();
  }

  @Override
  public String json() {
    try {
      return Json.mapper().writeValueAsString(content);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
