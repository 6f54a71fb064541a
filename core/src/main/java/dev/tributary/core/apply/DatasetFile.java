package dev.tributary.core.apply;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A YAML file of sources and datasets.
 *
 * <pre>
 * values: {bucket: lake-dev}                   # for ${bucket} in any text below
 * environments: {prod: {bucket: lake-prod}}    # other values, by the name of an environment
 * defaults: {source: {…}, dataset: {…}}        # laid under every source and dataset
 * sources: {name: {…}}
 * datasets: {name: {…}}                        # schemaFile names a JSON Schema beside the file,
 *                                              # in checks.jsonSchema too
 * </pre>
 *
 * @param sources the documents of sources by name
 * @param datasets the documents of datasets by name
 */
public record DatasetFile(Map<String, ObjectNode> sources, Map<String, ObjectNode> datasets) {
  private static final List<String> SECTIONS =
      List.of("values", "environments", "defaults", "sources", "datasets");
  private static final Pattern VALUE = Pattern.compile("\\$(\\$?)\\{([A-Za-z0-9_.-]*)}");

  /** Copies the maps. */
  public DatasetFile {
    sources = java.util.Collections.unmodifiableMap(new TreeMap<>(sources));
    datasets = java.util.Collections.unmodifiableMap(new TreeMap<>(datasets));
  }

  /**
   * Reads a file.
   *
   * @param environment whose values hold; empty: those of {@code values} alone
   * @throws TributaryException SPEC_INVALID with the pointer of what is wrong, SETTING_INVALID for
   *     a file that cannot be read
   */
  public static DatasetFile read(Path file, Optional<String> environment) {
    ObjectNode root = object(file, "", tree(file));
    root.fieldNames()
        .forEachRemaining(
            name -> {
              if (!SECTIONS.contains(name)) {
                throw invalid(
                    file,
                    "/" + name,
                    "The section '%s' is not known.".formatted(name),
                    NearestName.didYouMean(name, SECTIONS, "Known are %s.".formatted(SECTIONS)));
              }
            });
    Map<String, String> values = values(file, root, environment);
    ObjectNode defaults = object(file, "/defaults", root.path("defaults"));
    Map<String, ObjectNode> sources = new TreeMap<>();
    Map<String, ObjectNode> datasets = new TreeMap<>();
    object(file, "/sources", root.path("sources"))
        .properties()
        .forEach(
            entry -> {
              String pointer = "/sources/" + entry.getKey();
              sources.put(
                  entry.getKey(),
                  laid(
                      file,
                      pointer,
                      filled(file, "/defaults/source", defaults.path("source"), values),
                      filled(file, pointer, entry.getValue(), values)));
            });
    object(file, "/datasets", root.path("datasets"))
        .properties()
        .forEach(
            entry -> {
              String pointer = "/datasets/" + entry.getKey();
              ObjectNode dataset =
                  laid(
                      file,
                      pointer,
                      filled(file, "/defaults/dataset", defaults.path("dataset"), values),
                      filled(file, pointer, entry.getValue(), values));
              if (dataset.path("source") instanceof ObjectNode inline) {
                dataset.set(
                    "source",
                    laid(
                        file,
                        pointer + "/source",
                        filled(file, "/defaults/source", defaults.path("source"), values),
                        inline));
              }
              includeSchema(file, pointer, dataset);
              if (dataset.at("/checks/jsonSchema") instanceof ObjectNode check) {
                includeSchema(file, pointer + "/checks/jsonSchema", check);
              }
              datasets.put(entry.getKey(), dataset);
            });
    return new DatasetFile(sources, datasets);
  }

  private static JsonNode tree(Path file) {
    try {
      return Json.yaml()
          .reader()
          .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw TributaryException.of(
          ErrorCode.SPEC_INVALID,
          "%s is no YAML: %s.".formatted(file, e.getOriginalMessage()),
          "Mend it.",
          e);
    } catch (IOException e) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The file %s cannot be read.".formatted(file),
          "Name one that exists and that you may read.",
          e);
    }
  }

  private static ObjectNode object(Path file, String pointer, JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return JsonNodeFactory.instance.objectNode();
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw invalid(file, pointer, "It is no mapping.", "Write names and values.");
  }

  private static Map<String, String> values(
      Path file, ObjectNode root, Optional<String> environment) {
    Map<String, String> values = new TreeMap<>();
    take(file, "/values", root.path("values"), values);
    ObjectNode environments = object(file, "/environments", root.path("environments"));
    environment.ifPresent(
        name -> {
          if (!environments.has(name)) {
            List<String> known = new java.util.ArrayList<>();
            environments.fieldNames().forEachRemaining(known::add);
            throw invalid(
                file,
                "/environments",
                "There is no environment '%s'.".formatted(name),
                "Known are %s.".formatted(known));
          }
          take(file, "/environments/" + name, environments.path(name), values);
        });
    return values;
  }

  private static void take(Path file, String pointer, JsonNode from, Map<String, String> values) {
    object(file, pointer, from)
        .properties()
        .forEach(
            value -> {
              if (!value.getValue().isValueNode() || value.getValue().isNull()) {
                throw invalid(
                    file, pointer + "/" + value.getKey(), "It is no single value.", "Use a text.");
              }
              values.put(value.getKey(), value.getValue().asText());
            });
  }

  /** With every {@code ${name}} replaced; {@code $${name}} stands for itself. */
  private static JsonNode filled(
      Path file, String pointer, JsonNode node, Map<String, String> values) {
    if (node instanceof ObjectNode object) {
      ObjectNode filled = JsonNodeFactory.instance.objectNode();
      object
          .properties()
          .forEach(
              field ->
                  filled.set(
                      field.getKey(),
                      filled(file, pointer + "/" + field.getKey(), field.getValue(), values)));
      return filled;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode filled = JsonNodeFactory.instance.arrayNode();
      for (int i = 0; i < array.size(); i++) {
        filled.add(filled(file, pointer + "/" + i, array.get(i), values));
      }
      return filled;
    }
    return node.isTextual() ? TextNode.valueOf(filled(file, pointer, node.asText(), values)) : node;
  }

  private static String filled(Path file, String pointer, String text, Map<String, String> values) {
    return VALUE
        .matcher(text)
        .replaceAll(
            match -> {
              if (!match.group(1).isEmpty()) {
                return Matcher.quoteReplacement(match.group().substring(1));
              }
              String value = values.get(match.group(2));
              if (value == null) {
                throw invalid(
                    file,
                    pointer,
                    "There is no value '%s'.".formatted(match.group(2)),
                    "Add it to values, or to the environment; known are %s."
                        .formatted(values.keySet()));
              }
              return Matcher.quoteReplacement(value);
            });
  }

  private static ObjectNode laid(Path file, String pointer, JsonNode under, JsonNode over) {
    ObjectNode result = object(file, pointer, under).deepCopy();
    lay(result, object(file, pointer, over));
    return result;
  }

  private static void lay(ObjectNode under, ObjectNode over) {
    over.properties()
        .forEach(
            field -> {
              if (under.get(field.getKey()) instanceof ObjectNode below
                  && field.getValue() instanceof ObjectNode above) {
                lay(below, above);
              } else {
                under.set(field.getKey(), field.getValue());
              }
            });
  }

  private static void includeSchema(Path file, String pointer, ObjectNode dataset) {
    JsonNode named = dataset.remove("schemaFile");
    if (named == null) {
      return;
    }
    Path schema = file.toAbsolutePath().resolveSibling(named.asText());
    try {
      dataset.set("schema", Json.mapper().readTree(Files.readAllBytes(schema)));
    } catch (IOException e) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "%s: the schema %s cannot be read.".formatted(file, schema),
              "Name a JSON file, from where the YAML file lies.",
              e)
          .at(pointer + "/schemaFile");
    }
  }

  private static TributaryException invalid(
      Path file, String pointer, String problem, String remedy) {
    return TributaryException.of(
            ErrorCode.SPEC_INVALID,
            "%s at %s: %s".formatted(file, pointer.isEmpty() ? "/" : pointer, problem),
            remedy)
        .at(pointer);
  }
}
