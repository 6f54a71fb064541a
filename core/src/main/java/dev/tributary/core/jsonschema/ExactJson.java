package dev.tributary.core.jsonschema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;

/**
 * JSON trees whose numbers have all their digits and one form each, so that 1 and 1.0 are equal
 * wherever they stand: a {@link LongNode} for a whole number of up to 15 digits, else a {@link
 * DecimalNode} without trailing zeros. Of two fields of one name the last counts, as in a decoded
 * column.
 */
final class ExactJson {
  static final int DEEPEST = 200;
  static final int MOST_DIGITS = 1_000;

  /** Up to this many a double is exact, which some keywords count with. */
  private static final int DIGITS_OF_LONG = 15;

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxNumberLength(MOST_DIGITS)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .build();

  private ExactJson() {}

  /**
   * The tree of a JSON document.
   *
   * @throws IOException for what is no JSON, is nested deeper than {@link #DEEPEST} levels, or has
   *     a number beyond {@link #MOST_DIGITS} digits
   */
  static JsonNode read(byte[] json) throws IOException {
    try (JsonParser parser = FACTORY.createParser(json)) {
      parser.nextToken();
      return value(parser);
    }
  }

  private static JsonNode value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IOException("The document ends early.");
    }
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> NODES.textNode(parser.getText());
      case VALUE_NUMBER_INT ->
          parser.getTextLength() <= DIGITS_OF_LONG
              ? LongNode.valueOf(parser.getLongValue())
              : number(decimal(parser));
      case VALUE_NUMBER_FLOAT -> number(decimal(parser));
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      default -> throw new IOException("A value is missing.");
    };
  }

  private static ObjectNode object(JsonParser parser) throws IOException {
    ObjectNode object = NODES.objectNode();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      object.set(name, value(parser));
    }
    return object;
  }

  private static ArrayNode array(JsonParser parser) throws IOException {
    ArrayNode array = NODES.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(parser));
    }
    return array;
  }

  private static BigDecimal decimal(JsonParser parser) throws IOException {
    BigDecimal decimal;
    try {
      decimal = new BigDecimal(parser.getText());
    } catch (NumberFormatException e) {
      throw new IOException("The number's exponent is too great.", e);
    }
    if (!bounded(decimal)) {
      throw new IOException("The number's exponent is too great.");
    }
    return decimal;
  }

  /** Whether arithmetic on it stays within some thousand digits. */
  static boolean bounded(BigDecimal decimal) {
    long magnitude = (long) decimal.precision() - decimal.scale();
    return Math.abs(magnitude) <= MOST_DIGITS
        && Math.abs((long) decimal.scale()) <= 2 * MOST_DIGITS;
  }

  private static JsonNode number(BigDecimal decimal) {
    BigDecimal stripped = decimal.stripTrailingZeros();
    return stripped.scale() <= 0 && stripped.precision() - stripped.scale() <= DIGITS_OF_LONG
        ? LongNode.valueOf(stripped.longValueExact())
        : DecimalNode.valueOf(stripped);
  }

  /** A copy of a tree with numbers as here; they are bounded where the tree's are. */
  static JsonNode canonical(JsonNode tree) {
    if (tree.isNumber()) {
      return number(tree.decimalValue());
    }
    if (tree.isArray()) {
      ArrayNode array = NODES.arrayNode();
      tree.forEach(element -> array.add(canonical(element)));
      return array;
    }
    if (tree.isObject()) {
      ObjectNode object = NODES.objectNode();
      tree.properties().forEach(field -> object.set(field.getKey(), canonical(field.getValue())));
      return object;
    }
    return tree;
  }
}
