package dev.tributary.transforms.basic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads {@code name:value} pairs; commas within parentheses or angle brackets divide nothing. */
final class Pairs {
  private Pairs() {}

  static Map<String, String> parse(String option, String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : split(text)) {
      int colon = pair.indexOf(':');
      if (colon <= 0 || colon == pair.length() - 1) {
        throw new IllegalArgumentException(
            "The option %s holds '%s', which is no pair. Write name:value, with commas between pairs."
                .formatted(option, pair.trim()));
      }
      String before = pairs.put(pair.substring(0, colon).trim(), pair.substring(colon + 1).trim());
      if (before != null) {
        throw new IllegalArgumentException(
            "The option %s names '%s' twice. Name each column once."
                .formatted(option, pair.substring(0, colon).trim()));
      }
    }
    return pairs;
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
