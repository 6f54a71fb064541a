package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.OpenApiDocument.Operation;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests made from the document and then broken, 20,000 of them: none is answered 5xx, each
 * answer is one that the document describes, and none shows the service's insides. Always the same
 * ones; {@code -Dtributary.fuzz.seed} makes others.
 */
final class FuzzTest {
  private static final int REQUESTS = Integer.getInteger("tributary.fuzz.requests", 20_000);

  @TempDir private Path folder;

  @Test
  void noRequestBreaksTheService() {
    long seed = Long.getLong("tributary.fuzz.seed", 20_261_121);
    Requests requests = new Requests(RunningMetastore.DOCUMENT, new Random(seed));
    Map<Integer, Integer> statuses = new TreeMap<>();
    int hungUp = 0;
    try (RunningMetastore metastore =
        new RunningMetastore(folder, "0", "--max-body-bytes", "64k")) {
      for (int i = 0; i < REQUESTS; i++) {
        Requests.Request request = requests.next();
        // What is no valid HTTP at all does not leave the client.
        Answer answer;
        try {
          answer =
              metastore.send(request.method(), request.path(), request.body(), request.headers());
        } catch (UncheckedIOException e) {
          // The server hung up on a body that it had refused unread; it must be there still.
          hungUp++;
          assertThat(metastore.get("/health/live").status()).as("seed %d", seed).isEqualTo(200);
          continue;
        }
        assertThat(answer.status()).as("seed %d: %s", seed, request).isLessThan(500);
        if (answer.status() >= 400) {
          assertThat(answer.response().body())
              .as("seed %d: %s", seed, request)
              .doesNotContain("Exception", "at dev.tributary", "\tat ", "com.fasterxml", "SQLITE");
          assertThat(answer.code()).isNotEmpty();
        }
        statuses.merge(answer.status(), 1, Integer::sum);
      }
      assertThat(metastore.get("/health/ready").status()).isEqualTo(200);
    }
    assertThat(statuses.keySet())
        .as("both good and bad requests are made")
        .contains(200, 201, 204, 400, 404, 409, 412);
    assertThat(hungUp).isLessThan(REQUESTS / 1_000);
  }

  /** Makes requests: what the document describes, broken more often than not. */
  private static final class Requests {
    private static final List<String> NASTY =
        List.of(
            "",
            " ",
            "null",
            "\u0000",
            "\ud83d\ude00",
            "\u2028",
            "'; DROP TABLE datasets; --",
            "../../etc/passwd",
            "%s%n",
            "${jndi:x}",
            "\"1.1\"",
            "*",
            "a".repeat(300),
            "-1",
            "9223372036854775808",
            "1e400",
            "_offset",
            "ID",
            "orders\r\n",
            "\ufeff");
    private static final List<String> NAMES = List.of("orders", "payments", "x", "a_b", "none");
    private static final List<String> TYPES =
        List.of(
            "int",
            "bigint",
            "string",
            "decimal(10,2)",
            "array<int>",
            "struct<a:int,b:string>",
            "map<string,int>",
            "timestamp",
            "decimal(99,2)",
            "array<",
            "struct<>");

    private final OpenApiDocument document;
    private final List<Operation> operations;
    private final Random random;

    private Requests(OpenApiDocument document, Random random) {
      this.document = document;
      this.operations = document.operations();
      this.random = random;
    }

    record Request(String method, String path, String body, String[] headers) {
      @Override
      public String toString() {
        return "%s %s %s %s".formatted(method, path, List.of(headers), body);
      }
    }

    Request next() {
      Operation operation = operations.get(random.nextInt(operations.size()));
      String path = operation.path();
      for (String place : List.of("{name}", "{table}")) {
        path = path.replace(place, chance(20) ? encoded(nasty()) : pick(NAMES));
      }
      path = path.replace("{version}", chance(4) ? encoded(nasty()) : "" + (1 + random.nextInt(4)));
      path = path.replaceAll("\\{[a-z0-9]+\\}", chance(3) ? "0".repeat(64) : "x");
      String body = body(operation);
      String method =
          chance(60) ? pick(List.of("PATCH", "GET", "PUT", "DELETE", "POST")) : operation.method();
      return new Request(method, path + query(operation), body, headers(operation));
    }

    private boolean chance(int oneIn) {
      return random.nextInt(oneIn) == 0;
    }

    private <T> T pick(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    private String nasty() {
      return pick(NASTY);
    }

    private static String encoded(String text) {
      return java.net.URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private String query(Operation operation) {
      List<String> given = new ArrayList<>();
      for (JsonNode unresolved : operation.described().path("parameters")) {
        JsonNode parameter = document.resolved(unresolved);
        if (!parameter.path("in").asText().equals("query")) {
          continue;
        }
        boolean required = parameter.path("required").asBoolean();
        if (required ? !chance(10) : chance(4)) {
          String value =
              chance(3) ? encoded(nasty()) : encoded(parameter.path("example").asText(pick(NAMES)));
          given.add(parameter.path("name").asText() + "=" + value);
        }
      }
      if (chance(40)) {
        given.add("further=1");
      }
      return given.isEmpty() ? "" : "?" + String.join("&", given);
    }

    private String[] headers(Operation operation) {
      List<String> headers = new ArrayList<>();
      for (JsonNode unresolved : operation.described().path("parameters")) {
        JsonNode parameter = document.resolved(unresolved);
        String name = parameter.path("name").asText();
        if (!parameter.path("in").asText().equals("header")
            || !chance(name.equals("If-Match") ? 2 : 6)) {
          continue;
        }
        headers.add(name);
        headers.add(
            switch (random.nextInt(5)) {
              case 0 -> "*";
              case 1 -> "\"%d.%d\"".formatted(random.nextInt(3), random.nextInt(3));
              case 2 -> "\"%d\"".formatted(random.nextInt(3));
              case 3 -> "key-" + random.nextInt(200);
              default -> pick(List.of("x", ",,", "W/\"1\"", "\"", "a b"));
            });
      }
      return headers.toArray(String[]::new);
    }

    private String body(Operation operation) {
      JsonNode schema = operation.described().at("/requestBody/content/application~1json/schema");
      if (schema.isMissingNode()) {
        return chance(30) ? "{}" : "";
      }
      if (chance(40)) {
        return pick(
            List.of(
                "",
                "{",
                "[]",
                "null",
                "1",
                "\"x\"",
                "{\"a\":1}{",
                "{\"a\":1,\"a\":2}",
                "[".repeat(3000)));
      }
      JsonNode example = operation.described().at("/requestBody/content/application~1json/example");
      Object value = chance(3) ? mapped(example) : made(schema, "", 0);
      String text = new String(Json.write(value), StandardCharsets.UTF_8);
      if (chance(60)) {
        text = text.substring(0, random.nextInt(text.length()));
      }
      return text;
    }

    /** An example, in which some values are others. */
    private Object mapped(JsonNode node) {
      if (chance(60)) {
        return scalar();
      }
      if (node.isObject()) {
        Map<String, Object> object = new TreeMap<>();
        node.properties()
            .forEach(
                field -> {
                  if (!chance(40)) {
                    object.put(field.getKey(), mapped(field.getValue()));
                  }
                });
        return object;
      }
      if (node.isArray()) {
        List<Object> array = new ArrayList<>();
        node.forEach(item -> array.add(mapped(item)));
        return array;
      }
      if (node.asText().equals("orders")) {
        return pick(NAMES);
      }
      return node;
    }

    private Object scalar() {
      return switch (random.nextInt(8)) {
        case 0 -> random.nextLong();
        case 1 -> random.nextDouble();
        case 2 -> random.nextBoolean();
        case 3 -> List.of();
        case 4 -> Map.of();
        case 5 -> Json.mapper().nullNode();
        default -> nasty();
      };
    }

    private Object made(JsonNode unresolved, String name, int depth) {
      JsonNode schema = document.schemas().resolved(unresolved);
      if (depth > 12 || chance(40)) {
        return scalar();
      }
      if (schema.has("oneOf")) {
        JsonNode choices = schema.path("oneOf");
        return made(choices.get(random.nextInt(choices.size())), name, depth + 1);
      }
      if (schema.has("const")) {
        return schema.path("const");
      }
      if (schema.has("enum")) {
        JsonNode choices = schema.path("enum");
        return choices.get(random.nextInt(choices.size()));
      }
      return switch (schema.path("type").asText()) {
        case "object" -> object(schema, depth);
        case "array" -> array(schema, name, depth);
        case "integer" -> chance(8) ? random.nextLong() : random.nextInt(5) + 1;
        case "number" -> random.nextDouble();
        case "boolean" -> random.nextBoolean();
        case "string" -> text(schema, name);
        default -> scalar();
      };
    }

    private Map<String, Object> object(JsonNode schema, int depth) {
      Map<String, Object> object = new TreeMap<>();
      List<String> required = new ArrayList<>();
      schema.path("required").forEach(name -> required.add(name.asText()));
      schema
          .path("properties")
          .properties()
          .forEach(
              field -> {
                boolean given = required.contains(field.getKey()) ? !chance(40) : chance(3);
                if (given) {
                  object.put(field.getKey(), made(field.getValue(), field.getKey(), depth + 1));
                }
              });
      if (schema.path("additionalProperties").isObject() && chance(2)) {
        object.put(
            pick(List.of("0", "orders", "sasl.jaas.config", nasty())),
            made(schema.path("additionalProperties"), "", depth + 1));
      }
      if (chance(40)) {
        object.put("further", 1);
      }
      return object;
    }

    private List<Object> array(JsonNode schema, String name, int depth) {
      List<Object> array = new ArrayList<>();
      int size = chance(10) ? 0 : 1 + random.nextInt(3);
      for (int i = 0; i < size; i++) {
        array.add(made(schema.path("items"), name, depth + 1));
      }
      return array;
    }

    private String text(JsonNode schema, String name) {
      if (chance(15)) {
        return nasty();
      }
      if (name.equals("sha256")) {
        return "a".repeat(64);
      }
      if (List.of("path", "location", "jar", "uri").contains(name)) {
        return "s3a://bucket/" + pick(NAMES);
      }
      if (name.equals("archiveStart")) {
        return pick(List.of("earliest", "now", "2026-01-31", "2026-01-31T12:00:00Z"));
      }
      if (name.equals("type")) {
        return pick(TYPES);
      }
      if (schema.has("pattern")) {
        return pick(NAMES);
      }
      return pick(List.of("id", "amount", "city", "orders", "a", "b"));
    }
  }
}
