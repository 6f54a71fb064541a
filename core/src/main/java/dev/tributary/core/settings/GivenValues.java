package dev.tributary.core.settings;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What one source (flags, environment, a file) says, by key. */
final class GivenValues {
  /** One or several texts and where they stood. */
  record Given(List<String> texts, String origin) {}

  private final Map<String, Given> byKey = new HashMap<>();

  void put(String key, List<String> texts, String origin) {
    byKey.put(key, new Given(List.copyOf(texts), origin));
  }

  void add(String key, String text, String origin) {
    List<String> texts = new ArrayList<>(get(key).map(Given::texts).orElse(List.of()));
    texts.add(text);
    put(key, texts, origin);
  }

  Optional<Given> get(String key) {
    return Optional.ofNullable(byKey.get(key));
  }
}
