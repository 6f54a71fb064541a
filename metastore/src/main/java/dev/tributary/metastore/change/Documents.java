package dev.tributary.metastore.change;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.infer.JsonSchemaColumns;
import dev.tributary.core.infer.MessageColumns;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.SpecState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What documents of sources and datasets have in common. */
final class Documents {
  private Documents() {}

  /** The name of the path stands in the document too, or is filled in. */
  static void requireName(String name, ObjectNode document) {
    if (!document.has("name")) {
      document.put("name", name);
    }
    if (!name.equals(document.path("name").asText())) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The document's name is '%s', the path's is '%s'."
                  .formatted(document.path("name").asText(), name),
              "Give the same, or leave it out of the document.")
          .at("/name");
    }
  }

  /**
   * What somebody has paused runs again where somebody says so, and not where nobody thinks of it.
   */
  static void keepPaused(SpecState current, ObjectNode document) {
    if (current == SpecState.PAUSED && !document.hasNonNull("state")) {
      document.set("state", Json.mapper().valueToTree(current));
    }
  }

  /**
   * Replaces a JSON Schema ({@code schema}) or a message ({@code example}) by the columns that it
   * describes.
   */
  static void describeColumns(ObjectNode document) {
    List<String> given =
        List.of("columns", "schema", "example").stream().filter(document::has).toList();
    if (given.size() > 1) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The document describes its columns by %s.".formatted(given),
              "Use one of them.")
          .at("/" + given.get(1));
    }
    if (document.has("schema")) {
      replace(document, "schema", JsonSchemaColumns::of);
    }
    if (document.has("example")) {
      replace(
          document,
          "example",
          message -> {
            MessageColumns columns = new MessageColumns();
            columns.add(message);
            return columns.columns();
          });
    }
  }

  private static void replace(
      ObjectNode document, String field, Function<JsonNode, List<ColumnSpec>> described) {
    try {
      List<ColumnSpec> columns = described.apply(document.get(field));
      document.remove(field);
      document.set("columns", Json.mapper().valueToTree(columns));
    } catch (TributaryException e) {
      throw e.at("/" + field + e.pointer().orElse(""));
    }
  }

  static TributaryException notFound(String kind, String name) {
    return TributaryException.of(
        ErrorCode.NOT_FOUND,
        "There is no %s '%s'.".formatted(kind, name),
        "GET /%ss lists what there is.".formatted(kind));
  }

  static TributaryException refused(String pointer, String problem, String remedy) {
    return TributaryException.of(ErrorCode.CHANGE_REFUSED, problem, remedy).at(pointer);
  }

  /** What a stored spec changed of the one before; of nothing where there is none before. */
  static ArrayNode diff(Optional<String> before, String after) {
    return SpecDiff.between(
        before.map(Documents::tree).orElseGet(Json.mapper()::createObjectNode), tree(after));
  }

  static JsonNode tree(String json) {
    return Json.read(json.getBytes(StandardCharsets.UTF_8), JsonNode.class);
  }
}
