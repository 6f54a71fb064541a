package dev.tributary.core.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a person probably meant. */
final class NearestKey {
  private NearestKey() {}

  static String unknown(String shown, String origin, String key, Collection<String> known) {
    return "%s (%s) is not a setting. %s"
        .formatted(
            shown,
            origin,
            of(key, known)
                .map(nearest -> "Did you mean %s?".formatted(nearest))
                .orElse("--help lists them all."));
  }

  static Optional<String> of(String key, Collection<String> known) {
    int limit = Math.max(2, key.length() / 3);
    return known.stream()
        .filter(candidate -> distance(key, candidate) <= limit)
        .min(Comparator.comparingInt(candidate -> distance(key, candidate)));
  }

  /** Levenshtein's distance. */
  private static int distance(String left, String right) {
    int[] previous = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int[] current = new int[right.length() + 1];
      current[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int substitution = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[right.length()];
  }
}
