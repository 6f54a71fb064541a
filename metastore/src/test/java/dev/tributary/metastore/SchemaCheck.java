package dev.tributary.metastore;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Checks values against the schemas of the document; of JSON Schema it knows what these use. */
final class SchemaCheck {
  private static final Set<String> KNOWN =
      Set.of(
          "$ref",
          "type",
          "enum",
          "const",
          "oneOf",
          "required",
          "properties",
          "items",
          "pattern",
          "additionalProperties",
          "minimum",
          "maximum",
          "minItems",
          "maxItems",
          "uniqueItems",
          "minLength",
          "maxLength",
          "description",
          "default",
          "format",
          "example");

  private final JsonNode root;

  SchemaCheck(JsonNode root) {
    this.root = root;
  }

  List<String> problems(JsonNode schema, JsonNode value) {
    List<String> problems = new ArrayList<>();
    check(schema, value, "", problems);
    return problems;
  }

  JsonNode resolved(JsonNode schema) {
    JsonNode resolved = schema;
    while (resolved.has("$ref")) {
      JsonNode target = root.at(resolved.path("$ref").asText().substring(1));
      if (target.isMissingNode()) {
        throw new AssertionError("The reference leads nowhere: " + resolved);
      }
      resolved = target;
    }
    return resolved;
  }

  private void check(JsonNode unresolved, JsonNode value, String at, List<String> problems) {
    JsonNode schema = resolved(unresolved);
    schema
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!KNOWN.contains(name)) {
                throw new AssertionError(
                    "The check does not know '%s' of %s".formatted(name, schema));
              }
            });
    if (schema.has("type") && !isOf(schema.path("type").asText(), value)) {
      problems.add("%s is no %s: %s".formatted(at, schema.path("type").asText(), value));
      return;
    }
    if (schema.has("const") && !schema.path("const").equals(value)) {
      problems.add("%s is not %s: %s".formatted(at, schema.path("const"), value));
    }
    if (schema.has("enum") && !contains(schema.path("enum"), value)) {
      problems.add("%s is none of %s: %s".formatted(at, schema.path("enum"), value));
    }
    if (schema.has("oneOf")) {
      oneOf(schema.path("oneOf"), value, at, problems);
    }
    if (value.isTextual()) {
      text(schema, value.asText(), at, problems);
    }
    if (value.isNumber()) {
      number(schema, value.doubleValue(), at, problems);
    }
    if (value.isArray()) {
      array(schema, value, at, problems);
    }
    if (value.isObject()) {
      object(schema, value, at, problems);
    }
  }

  private static boolean isOf(String type, JsonNode value) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "boolean" -> value.isBoolean();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      default -> throw new AssertionError("The check does not know the type " + type);
    };
  }

  private static boolean contains(JsonNode list, JsonNode value) {
    for (JsonNode item : list) {
      if (item.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private void oneOf(JsonNode choices, JsonNode value, String at, List<String> problems) {
    List<String> all = new ArrayList<>();
    for (JsonNode choice : choices) {
      List<String> own = new ArrayList<>();
      check(choice, value, at, own);
      if (own.isEmpty()) {
        return;
      }
      all.addAll(own);
    }
    problems.add("%s is none of its choices: %s".formatted(at, all));
  }

  private static void text(JsonNode schema, String text, String at, List<String> problems) {
    if (schema.has("pattern")
        && !java.util.regex.Pattern.compile(schema.path("pattern").asText()).matcher(text).find()) {
      problems.add("%s does not match %s: %s".formatted(at, schema.path("pattern"), text));
    }
    if (text.length() > schema.path("maxLength").asInt(Integer.MAX_VALUE)
        || text.length() < schema.path("minLength").asInt(0)) {
      problems.add("%s is too long or too short".formatted(at));
    }
  }

  private static void number(JsonNode schema, double number, String at, List<String> problems) {
    if (number < schema.path("minimum").asDouble(Double.NEGATIVE_INFINITY)
        || number > schema.path("maximum").asDouble(Double.POSITIVE_INFINITY)) {
      problems.add("%s is out of range: %s".formatted(at, number));
    }
  }

  private void array(JsonNode schema, JsonNode value, String at, List<String> problems) {
    if (value.size() < schema.path("minItems").asInt(0)
        || value.size() > schema.path("maxItems").asInt(Integer.MAX_VALUE)) {
      problems.add("%s has too few or too many items".formatted(at));
    }
    if (schema.has("items")) {
      for (int i = 0; i < value.size(); i++) {
        check(schema.path("items"), value.get(i), at + "/" + i, problems);
      }
    }
  }

  private void object(JsonNode schema, JsonNode value, String at, List<String> problems) {
    schema
        .path("required")
        .forEach(
            name -> {
              if (!value.has(name.asText())) {
                problems.add("%s lacks %s".formatted(at, name));
              }
            });
    JsonNode properties = schema.path("properties");
    Set<String> further = new TreeSet<>();
    value
        .properties()
        .forEach(
            field -> {
              if (properties.has(field.getKey())) {
                check(
                    properties.path(field.getKey()),
                    field.getValue(),
                    at + "/" + field.getKey(),
                    problems);
              } else {
                further.add(field.getKey());
              }
            });
    JsonNode additional = schema.path("additionalProperties");
    for (String name : further) {
      if (additional.isBoolean() && !additional.booleanValue()) {
        problems.add("%s/%s is not described".formatted(at, name));
      }
      if (additional.isObject()) {
        check(additional, value.path(name), at + "/" + name, problems);
      }
    }
  }
}
