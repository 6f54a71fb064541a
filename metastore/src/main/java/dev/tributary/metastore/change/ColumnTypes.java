package dev.tributary.metastore.change;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which column types there are: the Spark SQL types that drivers decode. */
final class ColumnTypes {
  private static final Set<String> PRIMITIVES =
      Set.of(
          "string",
          "boolean",
          "tinyint",
          "byte",
          "smallint",
          "short",
          "int",
          "integer",
          "bigint",
          "long",
          "float",
          "real",
          "double",
          "decimal",
          "date",
          "timestamp",
          "binary");
  private static final Pattern DECIMAL =
      Pattern.compile("decimal\\(\\s*(\\d{1,2})\\s*(?:,\\s*(\\d{1,2})\\s*)?\\)");
  private static final Pattern FIELD = Pattern.compile("`?([A-Za-z_][A-Za-z0-9_]*)`?\\s*[: ]\\s*");
  private static final int DEEPEST = 20;
  private static final int GREATEST_PRECISION = 38;

  private final String text;
  private int position;
  private String twice = "";

  private ColumnTypes(String text) {
    this.text = text;
  }

  static void require(List<ColumnSpec> columns) {
    for (int i = 0; i < columns.size(); i++) {
      require(columns.get(i), "/columns/" + i);
    }
  }

  static void require(ColumnSpec column, String pointer) {
    ColumnTypes parser = new ColumnTypes(column.type().trim().toLowerCase(Locale.ROOT));
    boolean known = parser.type(0) && parser.position == parser.text.length();
    if (!parser.twice.isEmpty()) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The column %s has the type '%s', in which a struct has the field '%s' twice."
                  .formatted(column.name(), column.type(), parser.twice),
              "Give its fields names that differ by more than case.")
          .at(pointer + "/type");
    }
    if (!known) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The column %s has the type '%s', which is not known."
                  .formatted(column.name(), column.type()),
              "Use string, boolean, int, bigint, double, decimal(p,s), date, timestamp, binary,"
                  + " array<…>, map<string,…> or struct<name:type,…>.")
          .at(pointer + "/type");
    }
    if (column.path().filter(path -> List.of(path.split("\\.", -1)).contains("")).isPresent()) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The column %s has the path '%s', in which a name is empty."
                  .formatted(column.name(), column.path().get()),
              "Give field names joined by single dots.")
          .at(pointer + "/path");
    }
    column
        .byDefault()
        .filter(value -> !takes(column.type().trim().toLowerCase(Locale.ROOT), value))
        .ifPresent(
            value -> {
              throw TributaryException.of(
                      ErrorCode.SPEC_INVALID,
                      "The column %s of type %s does not take the default %s."
                          .formatted(column.name(), column.type(), value),
                      "Write it as it would stand in a message.")
                  .at(pointer + "/default");
            });
  }

  /** The kind alone; whether the type has room for the value is seen where values are decoded. */
  private static boolean takes(String type, JsonNode value) {
    if (type.startsWith("array")) {
      return value.isArray();
    }
    if (type.startsWith("map") || type.startsWith("struct")) {
      return value.isObject();
    }
    if (type.startsWith("decimal") || type.equals("bigint") || type.equals("long")) {
      return value.isNumber() || value.isTextual();
    }
    return switch (type) {
      case "boolean" -> value.isBoolean();
      case "string" -> true;
      case "date", "binary" -> value.isTextual();
      case "timestamp", "float", "real", "double" -> value.isNumber() || value.isTextual();
      default -> value.isNumber();
    };
  }

  private boolean type(int depth) {
    if (depth > DEEPEST) {
      return false;
    }
    spaces();
    Matcher decimal = DECIMAL.matcher(text).region(position, text.length());
    if (decimal.lookingAt()) {
      int precision = Integer.parseInt(decimal.group(1));
      int scale = decimal.group(2) == null ? 0 : Integer.parseInt(decimal.group(2));
      position = decimal.end();
      return precision >= 1 && precision <= GREATEST_PRECISION && scale <= precision && spaces();
    }
    String word = word();
    return switch (word) {
      case "array" -> take('<') && type(depth + 1) && take('>');
      case "map" -> take('<') && key() && take(',') && type(depth + 1) && take('>');
      case "struct" -> take('<') && fields(depth) && take('>');
      default -> PRIMITIVES.contains(word);
    };
  }

  /** JSON's field names are strings. */
  private boolean key() {
    spaces();
    return word().equals("string");
  }

  private boolean fields(int depth) {
    Set<String> names = new HashSet<>();
    do {
      spaces();
      Matcher field = FIELD.matcher(text).region(position, text.length());
      if (!field.lookingAt()) {
        return false;
      }
      position = field.end();
      if (!names.add(field.group(1))) {
        twice = field.group(1);
      }
      if (!type(depth + 1)) {
        return false;
      }
    } while (take(','));
    return true;
  }

  private String word() {
    int from = position;
    while (position < text.length() && Character.isLetter(text.charAt(position))) {
      position++;
    }
    String word = text.substring(from, position);
    spaces();
    return word;
  }

  private boolean take(char expected) {
    spaces();
    if (position >= text.length() || text.charAt(position) != expected) {
      return false;
    }
    position++;
    return spaces();
  }

  private boolean spaces() {
    while (position < text.length() && text.charAt(position) == ' ') {
      position++;
    }
    return true;
  }
}
