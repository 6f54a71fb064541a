package dev.tributary.core.jsonschema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Closes the objects that a schema describes: one whose schema names fields, itself or by what it
 * refers to or combines, has no others, unless the schema says what becomes of them. What
 * conditions and negations say of a nested object is left alone, since they describe it in part.
 */
final class StrictSchema {
  private static final String CLOSED = "unevaluatedProperties";
  private static final List<String> COMBINED =
      List.of("allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas");

  /** Entered for the objects within. */
  private static final Set<String> DESCRIBING =
      Set.of(
          "properties",
          "patternProperties",
          "additionalProperties",
          "unevaluatedProperties",
          "items",
          "prefixItems",
          "additionalItems",
          "unevaluatedItems",
          "allOf",
          "anyOf",
          "oneOf");

  private final ObjectNode root;
  private final SchemaDraft draft;
  private final Set<JsonNode> entered = Collections.newSetFromMap(new IdentityHashMap<>());

  private StrictSchema(ObjectNode root, SchemaDraft draft) {
    this.root = root;
    this.draft = draft;
  }

  /** Closes a schema, whose references lead somewhere and not in circles, in place. */
  static void close(ObjectNode schema, SchemaDraft draft) {
    StrictSchema strict = new StrictSchema(schema, draft);
    strict.enter(schema);
    strict.closeOne(schema);
  }

  /** Closes what the value of this schema holds. */
  private void enter(JsonNode schema) {
    if (!entered.add(schema)) {
      return;
    }
    Subschemas.target(root, schema.path("$ref").asText()).ifPresent(this::enter);
    Subschemas.each(
        schema,
        (keyword, path, subschema) -> {
          if (!DESCRIBING.contains(keyword)) {
            return;
          }
          enter(subschema);
          if (!Subschemas.inPlace(keyword) && subschema instanceof ObjectNode object) {
            closeOne(object);
          }
        });
  }

  private void closeOne(ObjectNode schema) {
    boolean referring = schema.has("$ref");
    boolean ignoresOthers = referring && draft == SchemaDraft.DRAFT_7;
    boolean said = schema.has("additionalProperties") || schema.has(CLOSED);
    if (!describes(schema) || (said && !ignoresOthers)) {
      return;
    }
    if (ignoresOthers) {
      // Beside a reference nothing counts in this draft, so that it is put one level down.
      JsonNode reference = schema.get("$ref");
      schema.retain("definitions", "$defs");
      schema.putArray("allOf").addObject().set("$ref", reference);
    }
    boolean plain = !schema.has("$ref") && COMBINED.stream().noneMatch(schema::has);
    schema.set(
        plain && !schema.has("dependencies") ? "additionalProperties" : CLOSED,
        JsonNodeFactory.instance.booleanNode(false));
  }

  /** Whether it names fields. */
  private boolean describes(JsonNode schema) {
    if (!schema.isObject()) {
      return false;
    }
    if (schema.has("$ref")) {
      boolean there =
          Subschemas.target(root, schema.path("$ref").asText()).filter(this::describes).isPresent();
      if (there || draft == SchemaDraft.DRAFT_7) {
        return there;
      }
    }
    return !schema.path("properties").isEmpty()
        || !schema.path("patternProperties").isEmpty()
        || COMBINED.stream().anyMatch(keyword -> describes(keyword, schema.path(keyword)));
  }

  private boolean describes(String keyword, JsonNode subschemas) {
    boolean several = subschemas.isArray() || keyword.equals("dependentSchemas");
    return several
        ? StreamSupport.stream(subschemas.spliterator(), false).anyMatch(this::describes)
        : describes(subschemas);
  }
}
