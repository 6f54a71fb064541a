package dev.tributary.phase2.execute;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Kafka's key as JSON: an object of fields, which may stand under {@code payload} with a schema.
 */
final class KafkaKey {
  private KafkaKey() {}

  /** Whether it is an object at all. */
  static boolean isObject(String key) {
    return object(key).isPresent();
  }

  /**
   * The text of a field; null where there is none, or it has no value.
   *
   * @param names what it may be called; the first that there is counts
   */
  static String field(String key, List<String> names) {
    Optional<JsonNode> fields = object(key);
    for (String name : names) {
      Optional<JsonNode> value = fields.flatMap(node -> named(node, name));
      if (value.isPresent()) {
        return value.get().isContainerNode() ? value.get().toString() : value.get().asText();
      }
    }
    return null;
  }

  private static Optional<JsonNode> named(JsonNode fields, String name) {
    return fields.properties().stream()
        .filter(field -> field.getKey().equalsIgnoreCase(name) && !field.getValue().isNull())
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static Optional<JsonNode> object(String key) {
    if (key == null || !key.stripLeading().startsWith("{")) {
      return Optional.empty();
    }
    try {
      JsonNode node = Json.mapper().readTree(key);
      if (!node.isObject()) {
        return Optional.empty();
      }
      JsonNode payload = node.path("payload");
      return Optional.of(payload.isObject() ? payload : node);
    } catch (JsonProcessingException e) {
      // Text that begins like one; it is not quoted.
      return Optional.empty();
    }
  }
}
