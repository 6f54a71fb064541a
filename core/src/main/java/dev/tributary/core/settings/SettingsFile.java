package dev.tributary.core.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The YAML file: nested groups, or dotted keys, or both. */
final class SettingsFile {
  private final Path file;
  private final Map<String, Setting<?>> known;
  private final List<String> problems;
  private final GivenValues values = new GivenValues();

  private SettingsFile(Path file, Map<String, Setting<?>> known, List<String> problems) {
    this.file = file;
    this.known = known;
    this.problems = problems;
  }

  static GivenValues read(Path file, Map<String, Setting<?>> known, List<String> problems) {
    SettingsFile reader = new SettingsFile(file, known, problems);
    try {
      JsonNode root = Json.yaml().readTree(Files.readAllBytes(file));
      if (root.isObject()) {
        reader.group("", root);
      } else if (!root.isMissingNode() && !root.isNull()) {
        problems.add("The file '%s' is not a YAML mapping. Write key: value.".formatted(file));
      }
    } catch (JsonProcessingException e) {
      // The parser's message repeats lines of the file, which may hold a secret.
      problems.add(
          "The file '%s' is not YAML near line %d. Correct it."
              .formatted(file, e.getLocation() == null ? 0 : e.getLocation().getLineNr()));
    } catch (IOException e) {
      problems.add("The file '%s' cannot be read. Check that it may be.".formatted(file));
    }
    return reader.values;
  }

  private void group(String prefix, JsonNode node) {
    node.properties().forEach(field -> field(prefix + field.getKey(), field.getValue()));
  }

  private void field(String key, JsonNode value) {
    Setting<?> setting = known.get(key);
    if (setting == null && value.isObject()) {
      group(key + ".", value);
      return;
    }
    String origin = "file " + file;
    if (setting == null) {
      problems.add(
          "%s (%s) is not a setting. %s"
              .formatted(
                  key,
                  origin,
                  NearestName.didYouMean(key, known.keySet(), "--help lists them all.")));
      return;
    }
    if (value.isNull()) {
      return;
    }
    List<String> texts = new ArrayList<>();
    (value.isArray() ? value : List.of(value)).forEach(item -> texts.add(item.asText()));
    boolean nested = value.isObject() || texts.stream().anyMatch(String::isEmpty);
    if (nested || value.isArray() && !setting.isRepeatable()) {
      problems.add(
          "%s (%s) is not a single value. Give a value of type %s."
              .formatted(key, origin, setting.type()));
      return;
    }
    if (!texts.isEmpty()) {
      values.put(key, texts, origin);
    }
  }
}
