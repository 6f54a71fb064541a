package dev.tributary.core.infer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The columns that a JSON Schema of an object describes: {@code properties}, {@code required},
 * {@code type}, {@code format}, {@code items}, {@code additionalProperties}, {@code enum} and local
 * {@code $ref}. What it says about values beyond their type is not a column's matter.
 */
public final class JsonSchemaColumns {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final int DEEPEST = 15;

  /** References that are met many times would make of a small schema more than fits in memory. */
  private static final int MOST_FIELDS = 10_000;

  private final JsonNode root;
  private int fields;

  private JsonSchemaColumns(JsonNode root) {
    this.root = root;
  }

  /**
   * The columns, in the schema's order.
   *
   * @throws TributaryException SPEC_INVALID, with the pointer in the schema of what has no column
   */
  public static List<ColumnSpec> of(JsonNode schema) {
    JsonSchemaColumns columns = new JsonSchemaColumns(schema);
    return columns.ofObject(columns.resolved(schema, "", 0));
  }

  private List<ColumnSpec> ofObject(JsonNode schema) {
    if (!schema.path("properties").isObject() || schema.path("properties").isEmpty()) {
      throw refused("/properties", "The schema describes no properties", "Add them");
    }
    Set<String> required = required(schema);
    List<ColumnSpec> columns = new ArrayList<>();
    schema
        .path("properties")
        .properties()
        .forEach(
            property -> {
              String pointer = "/properties/" + escaped(property.getKey());
              JsonNode described = resolved(property.getValue(), pointer, 0);
              columns.add(
                  new ColumnSpec(
                      property.getKey(),
                      type(described, pointer, 0),
                      !required.contains(property.getKey()) || types(described).contains("null"),
                      Optional.empty(),
                      Optional.ofNullable(described.path("description").textValue())));
            });
    return columns;
  }

  private static Set<String> required(JsonNode schema) {
    Set<String> names = new TreeSet<>();
    schema.path("required").forEach(name -> names.add(name.asText()));
    return names;
  }

  private JsonNode resolved(JsonNode schema, String pointer, int depth) {
    JsonNode reference = schema.path("$ref");
    if (!reference.isTextual()) {
      return schema;
    }
    String target = reference.asText();
    JsonNode found =
        target.startsWith("#/") ? root.at(target.substring(1)) : root.path("no such thing");
    if (found.isMissingNode() || depth > DEEPEST) {
      throw refused(
          pointer + "/$ref",
          "The reference '%s' leads nowhere in this schema".formatted(target),
          "Use a reference within the document, such as #/$defs/name");
    }
    return resolved(found, pointer, depth + 1);
  }

  private static Set<String> types(JsonNode schema) {
    Set<String> types = new TreeSet<>();
    JsonNode type = schema.path("type");
    if (type.isTextual()) {
      types.add(type.asText());
    }
    type.forEach(one -> types.add(one.asText()));
    return types;
  }

  private String type(JsonNode schema, String pointer, int depth) {
    if (depth > DEEPEST) {
      throw refused(pointer, "The schema is nested too deeply", "Take such a field as text");
    }
    if (++fields > MOST_FIELDS) {
      throw refused(
          pointer,
          "The schema describes more than %,d fields, those of its references counted as often as they are used"
              .formatted(MOST_FIELDS),
          "Take such a field as text");
    }
    Set<String> types = types(schema);
    types.remove("null");
    if (types.isEmpty()) {
      types = implied(schema);
    }
    if (types.equals(Set.of("integer", "number"))) {
      types = Set.of("number");
    }
    if (types.size() != 1) {
      // Several types, or none: text takes any value as it stands.
      return "string";
    }
    return switch (types.iterator().next()) {
      case "integer" -> "bigint";
      case "number" -> "double";
      case "boolean" -> "boolean";
      case "array" -> array(schema, pointer, depth);
      case "object" -> object(schema, pointer, depth);
      default -> text(schema);
    };
  }

  private static Set<String> implied(JsonNode schema) {
    if (schema.has("properties")) {
      return Set.of("object");
    }
    return schema.has("items") ? Set.of("array") : Set.of();
  }

  private static String text(JsonNode schema) {
    if (schema.path("contentEncoding").asText().equals("base64")) {
      return "binary";
    }
    return switch (schema.path("format").asText()) {
      case "date" -> "date";
      case "date-time" -> "timestamp";
      default -> "string";
    };
  }

  private String array(JsonNode schema, String pointer, int depth) {
    JsonNode items = schema.path("items");
    return items.isObject()
        ? "array<%s>"
            .formatted(type(resolved(items, pointer + "/items", 0), pointer + "/items", depth + 1))
        : "array<string>";
  }

  private String object(JsonNode schema, String pointer, int depth) {
    JsonNode properties = schema.path("properties");
    if (properties.isObject() && !properties.isEmpty()) {
      List<String> fields = new ArrayList<>();
      properties
          .properties()
          .forEach(
              property -> {
                String place = pointer + "/properties/" + escaped(property.getKey());
                if (!NAME.matcher(property.getKey()).matches()) {
                  throw refused(
                      place,
                      "The nested field '%s' cannot be a column's".formatted(property.getKey()),
                      "Use letters, digits and underscores");
                }
                JsonNode described = resolved(property.getValue(), place, 0);
                fields.add(property.getKey() + ":" + type(described, place, depth + 1));
              });
      return "struct<%s>".formatted(String.join(",", fields));
    }
    JsonNode values = schema.path("additionalProperties");
    return values.isObject()
        ? "map<string,%s>"
            .formatted(
                type(
                    resolved(values, pointer + "/additionalProperties", 0),
                    pointer + "/additionalProperties",
                    depth + 1))
        : "string";
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private static TributaryException refused(String pointer, String problem, String remedy) {
    return TributaryException.of(ErrorCode.SPEC_INVALID, problem + ".", remedy + ".").at(pointer);
  }
}
