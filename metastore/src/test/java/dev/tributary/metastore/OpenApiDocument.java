package dev.tributary.metastore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The description of the interface, and whether an answer is one that it describes. */
final class OpenApiDocument {
  private static final Set<String> OF_HTTP =
      Set.of("content-type", "content-length", "date", "transfer-encoding", "connection", "server");
  private static final List<String> METHODS = List.of("get", "put", "post", "delete");

  private final JsonNode root;
  private final SchemaCheck schemas;

  private OpenApiDocument(JsonNode root) {
    this.root = root;
    this.schemas = new SchemaCheck(root);
  }

  static OpenApiDocument load() {
    try (InputStream content =
        OpenApiDocument.class.getResourceAsStream("/dev/tributary/metastore/openapi.yaml")) {
      return new OpenApiDocument(Json.yaml().readTree(content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode root() {
    return root;
  }

  SchemaCheck schemas() {
    return schemas;
  }

  /** A method of a path. */
  record Operation(String method, String path, JsonNode described) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    root.path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method -> {
                          if (METHODS.contains(method.getKey())) {
                            operations.add(
                                new Operation(
                                    method.getKey().toUpperCase(Locale.ROOT),
                                    path.getKey(),
                                    method.getValue()));
                          }
                        }));
    return operations;
  }

  Optional<Operation> operation(String method, String requested) {
    String path =
        requested.contains("?") ? requested.substring(0, requested.indexOf('?')) : requested;
    String[] parts = path.split("/", -1);
    return operations().stream()
        .filter(operation -> operation.method().equals(method))
        .filter(operation -> matches(operation.path().split("/", -1), parts))
        .findFirst();
  }

  private static boolean matches(String[] template, String[] parts) {
    if (template.length != parts.length) {
      return false;
    }
    for (int i = 0; i < parts.length; i++) {
      boolean place = template[i].startsWith("{") && !parts[i].isEmpty();
      if (!place && !template[i].equals(parts[i])) {
        return false;
      }
    }
    return true;
  }

  Map<String, JsonNode> responses(Operation operation) {
    Map<String, JsonNode> responses = new TreeMap<>();
    operation
        .described()
        .path("responses")
        .properties()
        .forEach(response -> responses.put(response.getKey(), resolved(response.getValue())));
    return responses;
  }

  JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? root.at(node.path("$ref").asText().substring(1)) : node;
  }

  /** The headers that an answer of a status may have, by a name that all who share them have. */
  Set<String> headers(Operation operation, String status) {
    JsonNode response = operation.described().path("responses").path(status);
    String shared = response.path("$ref").asText(operation + " " + status);
    Set<String> headers = new TreeSet<>();
    resolved(response)
        .path("headers")
        .fieldNames()
        .forEachRemaining(header -> headers.add(shared + " " + header.toLowerCase(Locale.ROOT)));
    return headers;
  }

  /** The headers of an answer, named likewise; those of HTTP itself are everywhere. */
  Set<String> headers(Operation operation, String status, Collection<String> names) {
    String shared =
        operation
            .described()
            .path("responses")
            .path(status)
            .path("$ref")
            .asText(operation + " " + status);
    return names.stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .filter(name -> !OF_HTTP.contains(name))
        .map(name -> shared + " " + name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** What is wrong with an answer; empty: nothing. */
  List<String> problems(Operation operation, int status, String contentType, String body) {
    JsonNode response = responses(operation).get(String.valueOf(status));
    if (response == null) {
      return List.of("%s answered %d, which is not described".formatted(operation, status));
    }
    JsonNode content = response.path("content");
    if (content.isMissingNode()) {
      return body.isEmpty()
          ? List.of()
          : List.of(
              "%s answered %d with a body, which is not described".formatted(operation, status));
    }
    String type =
        contentType.contains(";")
            ? contentType.substring(0, contentType.indexOf(';'))
            : contentType;
    if (!content.has(type)) {
      return List.of("%s answered %d as '%s'".formatted(operation, status, type));
    }
    try {
      JsonNode value =
          type.contains("json") ? Json.mapper().readTree(body) : TextNode.valueOf(body);
      return schemas.problems(content.path(type).path("schema"), value).stream()
          .map(problem -> "%s answered %d: %s".formatted(operation, status, problem))
          .toList();
    } catch (IOException e) {
      return List.of("%s answered %d with what is no JSON".formatted(operation, status));
    }
  }
}
