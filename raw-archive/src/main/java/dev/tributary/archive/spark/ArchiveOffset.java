package dev.tributary.archive.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.connector.read.streaming.Offset;

/** A stream's place: the next manifest entry of each topic, in JSON {@code {"orders":15}}. */
final class ArchiveOffset extends Offset {
  private final Map<String, Long> next;

  ArchiveOffset(Map<String, Long> next) {
    this.next = Collections.unmodifiableMap(new TreeMap<>(next));
  }

  static ArchiveOffset parse(String json) {
    try {
      return new ArchiveOffset(
          Json.mapper().readValue(json, new TypeReference<Map<String, Long>>() {}));
    } catch (JsonProcessingException e) {
      throw new TributaryException(
          ErrorCode.FORMAT_UNKNOWN,
          "The checkpoint holds the offset '%s', which is none of raw-archive's. Use a checkpoint of its own for each query."
              .formatted(json),
          e);
    }
  }

  /**
   * The next sequence of a topic; for one that is new to the query, its first after the genesis.
   */
  long next(String topic) {
    return next.getOrDefault(topic, 1L);
  }

  @Override
  public String json() {
    try {
      return Json.mapper().writeValueAsString(next);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
