package dev.tributary.metastore.catalog;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spark SQL types as Hive, Glue and Athena write them. */
final class HiveTypes {
  private static final Pattern FIELD = Pattern.compile("`?([A-Za-z_][A-Za-z0-9_]*)`?\\s*[: ]\\s*");
  private static final Pattern WORD =
      Pattern.compile("[a-z]+(\\(\\s*\\d+\\s*(,\\s*\\d+\\s*)?\\))?");
  private static final Map<String, String> NAMES =
      Map.of(
          "byte", "tinyint",
          "short", "smallint",
          "integer", "int",
          "long", "bigint",
          "real", "float",
          "decimal", "decimal(10,0)");

  private final String text;
  private final StringBuilder hive = new StringBuilder();
  private int position;

  private HiveTypes(String text) {
    this.text = text;
  }

  /** The type in Hive's words; of a type that is known to be one of Spark's. */
  static String of(String sparkType) {
    HiveTypes types = new HiveTypes(sparkType.trim().toLowerCase(Locale.ROOT));
    types.type();
    return types.hive.toString();
  }

  private void type() {
    spaces();
    Matcher word = WORD.matcher(text).region(position, text.length());
    if (!word.lookingAt()) {
      throw new IllegalArgumentException("No type of Spark: " + text);
    }
    position = word.end();
    String name = word.group().replace(" ", "");
    // Of decimal(p) the scale is 0, which Hive does not take for granted.
    String whole = name.matches("decimal\\(\\d+\\)") ? name.replace(")", ",0)") : name;
    hive.append(NAMES.getOrDefault(whole, whole));
    spaces();
    if (position < text.length() && text.charAt(position) == '<') {
      nested(name.equals("struct"));
    }
  }

  private void nested(boolean struct) {
    hive.append('<');
    do {
      position++;
      if (struct) {
        spaces();
        Matcher field = FIELD.matcher(text).region(position, text.length());
        if (!field.lookingAt()) {
          throw new IllegalArgumentException("No type of Spark: " + text);
        }
        position = field.end();
        hive.append(field.group(1)).append(':');
      }
      type();
      if (text.charAt(position) == ',') {
        hive.append(',');
      }
    } while (text.charAt(position) == ',');
    position++;
    hive.append('>');
    spaces();
  }

  private void spaces() {
    while (position < text.length() && text.charAt(position) == ' ') {
      position++;
    }
  }
}
