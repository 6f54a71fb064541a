package dev.tributary.transforms;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the text of an option by its type. */
final class OptionText {
  private OptionText() {}

  static String text(String option, String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException(
          "The option %s is empty. Give it a value or leave it out.".formatted(option));
    }
    return text;
  }

  static long integer(String option, String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "The option %s is '%s', which is no whole number. Write one such as 4."
              .formatted(option, text),
          e);
    }
  }

  static boolean truth(String option, String text) {
    return switch (text.strip()) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException(
              "The option %s is '%s'. Write true or false.".formatted(option, text));
    };
  }

  static List<String> columns(String option, String text) {
    Set<String> names = new LinkedHashSet<>();
    for (String part : split(text)) {
      String name = part.strip();
      if (name.isEmpty()) {
        throw new IllegalArgumentException(
            "The option %s is '%s', where a name is empty. Write names with commas between them."
                .formatted(option, text));
      }
      if (!names.add(name)) {
        throw twice(option, name);
      }
    }
    return List.copyOf(names);
  }

  static Map<String, String> pairs(String option, String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : split(text)) {
      int colon = pair.indexOf(':');
      String name = colon < 0 ? "" : pair.substring(0, colon).strip();
      String value = pair.substring(colon + 1).strip();
      if (name.isEmpty() || value.isEmpty()) {
        throw new IllegalArgumentException(
            "The option %s holds '%s', which is no pair. Write name:value, with commas between pairs."
                .formatted(option, pair.strip()));
      }
      if (pairs.put(name, value) != null) {
        throw twice(option, name);
      }
    }
    return Collections.unmodifiableMap(pairs);
  }

  private static IllegalArgumentException twice(String option, String name) {
    return new IllegalArgumentException(
        "The option %s names '%s' twice. Name each column once.".formatted(option, name));
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '(' || c == '<') {
        depth++;
      }
      if (c == ')' || c == '>') {
        depth--;
      }
      if (c == ',' && depth == 0) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }
}
