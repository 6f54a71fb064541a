package dev.tributary.metastore.change;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What is different between two specs. Members of lists that have names are told apart by these,
 * and texts by themselves where those that stay keep their order; other lists are compared whole.
 */
public final class SpecDiff {
  private final ArrayNode differences = Json.mapper().createArrayNode();

  private SpecDiff() {}

  /**
   * The differences, each with its {@code path}, {@code change} ({@code added}, {@code removed},
   * {@code changed}), {@code from} and {@code to}.
   */
  public static ArrayNode between(JsonNode before, JsonNode after) {
    SpecDiff diff = new SpecDiff();
    diff.compare("", before, after);
    return diff.differences;
  }

  private void compare(String path, JsonNode before, JsonNode after) {
    if (before.equals(after)) {
      return;
    }
    if (before.isObject() && after.isObject()) {
      members(path, fields(before), fields(after));
    } else if (named(before) && named(after)) {
      members(path, byName(before), byName(after));
    } else if (comparable(before, after)) {
      members(path, byText(before), byText(after));
    } else {
      add(path, "changed").<ObjectNode>set("from", before).set("to", after);
    }
  }

  private void members(String path, Map<String, JsonNode> before, Map<String, JsonNode> after) {
    before.forEach(
        (name, value) -> {
          String place = path + "/" + escaped(name);
          if (after.containsKey(name)) {
            compare(place, value, after.get(name));
          } else {
            add(place, "removed").set("from", value);
          }
        });
    after.forEach(
        (name, value) -> {
          if (!before.containsKey(name)) {
            add(path + "/" + escaped(name), "added").set("to", value);
          }
        });
  }

  private ObjectNode add(String path, String change) {
    return differences.addObject().put("path", path).put("change", change);
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private static Map<String, JsonNode> fields(JsonNode object) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    object.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
    return fields;
  }

  private static boolean named(JsonNode node) {
    if (!node.isArray() || node.isEmpty()) {
      return false;
    }
    TreeSet<String> names = new TreeSet<>();
    for (JsonNode item : node) {
      if (!item.path("name").isTextual() || !names.add(item.path("name").asText())) {
        return false;
      }
    }
    return true;
  }

  private static boolean comparable(JsonNode before, JsonNode after) {
    if (!before.isArray() || !after.isArray()) {
      return false;
    }
    List<String> stay = new ArrayList<>(byText(before).keySet());
    List<String> stayed = new ArrayList<>(byText(after).keySet());
    if (stay.size() != before.size() || stayed.size() != after.size()) {
      return false;
    }
    stay.retainAll(byText(after).keySet());
    stayed.retainAll(byText(before).keySet());
    return stay.equals(stayed);
  }

  /** Without what is no text or stands there before. */
  private static Map<String, JsonNode> byText(JsonNode array) {
    Map<String, JsonNode> items = new LinkedHashMap<>();
    for (JsonNode item : array) {
      if (item.isTextual()) {
        items.putIfAbsent(item.textValue(), item);
      }
    }
    return items;
  }

  private static Map<String, JsonNode> byName(JsonNode array) {
    Map<String, JsonNode> items = new LinkedHashMap<>();
    array.forEach(item -> items.put(item.path("name").asText(), item));
    return items;
  }
}
