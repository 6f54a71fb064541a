package dev.tributary.core.jsonschema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.re2j.PatternSyntaxException;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A copy of a schema whose references stay within it and end, whose patterns take linear time, and
 * whose numbers are exact. What it costs to apply it to a value is bounded.
 */
final class CheckedSchema {
  private static final int DEEPEST = 100;
  private static final int MOST_CHARACTERS = 256 * 1024;
  private static final long MOST_APPLIED = 10_000;
  private static final List<String> COMPARED =
      List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf");
  private static final long UNDER_WAY = -1;

  private final ObjectNode root;
  private final SchemaDraft draft;

  /** How many schemas are applied to a value to which this one is. */
  private final Map<JsonNode, Long> applied = new IdentityHashMap<>();

  /** Schemas of what values hold, which may lead back to any schema. */
  private final Deque<Part> parts = new ArrayDeque<>();

  private record Part(JsonNode schema, String pointer) {}

  private CheckedSchema(ObjectNode root, SchemaDraft draft) {
    this.root = root;
    this.draft = draft;
  }

  /**
   * The copy, without {@code $schema} and {@code $id}.
   *
   * @throws TributaryException SPEC_INVALID with the pointer in the schema
   */
  static ObjectNode of(JsonNode schema, SchemaDraft draft) {
    if (schema.toString().length() > MOST_CHARACTERS) {
      throw refused(
          "",
          "The JSON Schema has %,d characters.".formatted(schema.toString().length()),
          "Use one of at most %,d.".formatted(MOST_CHARACTERS));
    }
    requireBounded(schema, "", 0);
    ObjectNode root = (ObjectNode) ExactJson.canonical(schema);
    root.remove(List.of("$schema", "$id"));
    CheckedSchema checked = new CheckedSchema(root, draft);
    checked.parts.add(new Part(root, ""));
    while (!checked.parts.isEmpty()) {
      Part part = checked.parts.remove();
      checked.check(part.schema(), part.pointer(), part.pointer());
    }
    return root;
  }

  private static void requireBounded(JsonNode node, String pointer, int depth) {
    if (depth > DEEPEST) {
      throw refused(
          "",
          "The JSON Schema is nested deeper than %d levels.".formatted(DEEPEST),
          "Keep its parts under $defs and refer to them.");
    }
    boolean infinite = node.isDouble() && !Double.isFinite(node.doubleValue());
    if (node.isNumber() && (infinite || !ExactJson.bounded(node.decimalValue()))) {
      throw refused(
          pointer,
          "A number of the JSON Schema is beyond what can be compared.",
          "Use one of an exponent of at most %d.".formatted(ExactJson.MOST_DIGITS));
    }
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        requireBounded(node.get(i), pointer + "/" + i, depth + 1);
      }
    }
    node.properties()
        .forEach(
            field ->
                requireBounded(
                    field.getValue(),
                    pointer + "/" + Subschemas.escaped(field.getKey()),
                    depth + 1));
  }

  /**
   * Checks a schema and all that is applied to the same value.
   *
   * @param from the schema or reference that leads here
   */
  private long check(JsonNode schema, String pointer, String from) {
    if (!(schema instanceof ObjectNode object)) {
      return 1;
    }
    Long known = applied.get(schema);
    if (known != null && known == UNDER_WAY) {
      throw refused(
          from,
          "The reference leads back to itself before a part of the value is looked at.",
          "Refer to it from within properties or items.");
    }
    if (known != null) {
      return known;
    }
    applied.put(schema, UNDER_WAY);
    keywords(object, pointer);
    long[] sum = {1 + reference(object, pointer)};
    Subschemas.each(
        object,
        (keyword, path, subschema) -> {
          if (Subschemas.inPlace(keyword)) {
            sum[0] += check(subschema, pointer + path, pointer + path);
          } else {
            parts.add(new Part(subschema, pointer + path));
          }
        });
    if (sum[0] > MOST_APPLIED) {
      throw refused(
          pointer,
          "It combines more than %,d schemas for one value.".formatted(MOST_APPLIED),
          "Combine and refer to fewer in allOf, anyOf, oneOf and the like.");
    }
    applied.put(schema, sum[0]);
    return sum[0];
  }

  private long reference(ObjectNode schema, String pointer) {
    if (!schema.has("$ref")) {
      return 0;
    }
    String reference = schema.path("$ref").asText();
    String at = pointer + "/$ref";
    JsonNode target =
        Subschemas.target(root, reference)
            .orElseThrow(
                () ->
                    refused(
                        at,
                        "The reference '%s' leads to no schema in this document; nothing is fetched."
                            .formatted(reference),
                        "Put the schema under %s and refer to it as #/%s/name."
                            .formatted(draft.definitions(), draft.definitions())));
    return check(target, reference.substring(1), at);
  }

  private static void keywords(ObjectNode schema, String pointer) {
    for (String keyword : List.of("$dynamicRef", "$recursiveRef", "$id")) {
      if (schema.has(keyword)) {
        throw refused(
            pointer + "/" + keyword,
            "The keyword %s is not supported within a schema.".formatted(keyword),
            "Refer by $ref and a JSON pointer, such as #/$defs/name.");
      }
    }
    if (schema.path("pattern").isTextual()) {
      requirePattern(schema.path("pattern").asText(), pointer + "/pattern");
    }
    schema
        .path("patternProperties")
        .fieldNames()
        .forEachRemaining(
            pattern ->
                requirePattern(
                    pattern, pointer + "/patternProperties/" + Subschemas.escaped(pattern)));
    for (String keyword : COMPARED) {
      if (schema.path(keyword).isNumber()) {
        BigDecimal exact = schema.path(keyword).decimalValue();
        schema.set(keyword, DecimalNode.valueOf(exact));
      }
    }
  }

  private static void requirePattern(String pattern, String pointer) {
    try {
      LinearRegex.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw refused(
          pointer,
          "The pattern '%s' cannot be used: %s.".formatted(pattern, e.getDescription()),
          "Use RE2's syntax, which has no look-around and no back references, so that no text can"
              + " keep it busy.");
    }
  }

  static TributaryException refused(String pointer, String problem, String remedy) {
    return TributaryException.of(ErrorCode.SPEC_INVALID, problem, remedy).at(pointer);
  }
}
