package dev.tributary.core.jsonschema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** Where in a schema further ones stand. */
final class Subschemas {
  private static final Set<String> SINGLE =
      Set.of(
          "additionalProperties",
          "additionalItems",
          "contains",
          "not",
          "if",
          "then",
          "else",
          "items",
          "propertyNames",
          "unevaluatedItems",
          "unevaluatedProperties",
          "contentSchema");
  private static final Set<String> LISTS =
      Set.of("allOf", "anyOf", "oneOf", "prefixItems", "items");
  private static final Set<String> MAPS =
      Set.of(
          "properties",
          "patternProperties",
          "$defs",
          "definitions",
          "dependentSchemas",
          "dependencies");
  private static final Set<String> IN_PLACE =
      Set.of(
          "allOf",
          "anyOf",
          "oneOf",
          "not",
          "if",
          "then",
          "else",
          "dependentSchemas",
          "dependencies");

  private Subschemas() {}

  /** Is told of each. */
  @FunctionalInterface
  interface Visitor {
    /** {@code path} is a JSON pointer from the schema that has it. */
    void visit(String keyword, String path, JsonNode subschema);
  }

  /** Visits those of one schema, not theirs in turn. */
  static void each(JsonNode schema, Visitor visitor) {
    schema
        .properties()
        .forEach(
            field -> {
              String keyword = field.getKey();
              JsonNode value = field.getValue();
              if (SINGLE.contains(keyword) && !value.isArray()) {
                visitor.visit(keyword, "/" + keyword, value);
              }
              if (LISTS.contains(keyword) && value.isArray()) {
                for (int i = 0; i < value.size(); i++) {
                  visitor.visit(keyword, "/" + keyword + "/" + i, value.get(i));
                }
              }
              if (MAPS.contains(keyword) && value.isObject()) {
                value.properties().stream()
                    .filter(named -> !named.getValue().isArray())
                    .forEach(
                        named ->
                            visitor.visit(
                                keyword,
                                "/" + keyword + "/" + escaped(named.getKey()),
                                named.getValue()));
              }
            });
  }

  /** Whether a keyword's subschemas are applied to the same value as the schema. */
  static boolean inPlace(String keyword) {
    return IN_PLACE.contains(keyword);
  }

  /** A name as a JSON pointer has it. */
  static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  /** What a reference within the document leads to; empty: nothing that could be a schema. */
  static Optional<JsonNode> target(ObjectNode root, String reference) {
    if (!reference.equals("#") && !reference.startsWith("#/")) {
      return Optional.empty();
    }
    try {
      JsonNode found = root.at(URI.create(reference).getFragment());
      return Optional.of(found).filter(node -> node.isObject() || node.isBoolean());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
