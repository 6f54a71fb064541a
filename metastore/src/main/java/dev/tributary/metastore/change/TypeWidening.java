package dev.tributary.metastore.change;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which types Delta can widen to which, without rewriting a table's files. */
final class TypeWidening {
  private static final Pattern DECIMAL = Pattern.compile("decimal\\((\\d{1,9})(?:,(\\d{1,9}))?\\)");
  private static final List<String> INTEGERS = List.of("tinyint", "smallint", "int", "bigint");

  private TypeWidening() {}

  static boolean same(String one, String other) {
    return plain(one).equals(plain(other));
  }

  static boolean allowed(String from, String to) {
    String before = plain(from);
    String after = plain(to);
    Matcher decimal = DECIMAL.matcher(after);
    int rank = INTEGERS.indexOf(before);
    if (rank >= 0) {
      boolean bigint = before.equals("bigint");
      if (decimal.matches()) {
        return precision(decimal) - scale(decimal) >= (bigint ? 20 : 10);
      }
      return INTEGERS.indexOf(after) > rank || after.equals("double") && !bigint;
    }
    if (before.equals("float")) {
      return after.equals("double");
    }
    Matcher narrow = DECIMAL.matcher(before);
    if (narrow.matches() && decimal.matches()) {
      int digits = precision(decimal) - precision(narrow);
      int fraction = scale(decimal) - scale(narrow);
      return fraction >= 0 && digits >= fraction && digits > 0;
    }
    return false;
  }

  private static int precision(Matcher decimal) {
    return Integer.parseInt(decimal.group(1));
  }

  private static int scale(Matcher decimal) {
    return decimal.group(2) == null ? 0 : Integer.parseInt(decimal.group(2));
  }

  /** Without spaces, in lower case, each type under one name; nested ones too. */
  private static String plain(String type) {
    return type.toLowerCase(Locale.ROOT)
        .replaceAll("\\s*([<>,:()])\\s*", "$1")
        .trim()
        .replaceAll("\\bbyte\\b", "tinyint")
        .replaceAll("\\bshort\\b", "smallint")
        .replaceAll("\\binteger\\b", "int")
        .replaceAll("\\blong\\b", "bigint")
        .replaceAll("\\breal\\b", "float")
        .replaceAll("\\bdecimal\\b(?!\\()", "decimal(10)")
        .replaceAll("decimal\\((\\d+)\\)", "decimal($1,0)")
        .replace("`", "");
  }
}
