package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.CoordinatesSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.EventTimeSpec;
import dev.tributary.core.spec.ExpectationSpec;
import dev.tributary.core.spec.JsonSchemaSpec;
import dev.tributary.core.spec.MaintenanceSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The fields of sources and datasets: the page, the description of the interface, the records. */
final class FieldsTest {
  private static final String BEGIN = "<!-- begin of what is generated -->\n";
  private static final String END = "<!-- end of what is generated -->\n";

  /** What only people write: the service makes other fields of it, or takes one value alone. */
  private static final Set<String> OF_DOCUMENTS = Set.of("topic", "schema", "example");

  private final Map<String, Field> source = fields("SourceSpec");
  private final Map<String, Field> dataset = fields("DatasetDocument");

  /** A field as openapi.yaml describes it. */
  private record Field(JsonNode schema, boolean required) {}

  /** With {@code -Dtributary.docs.update=true} the page is renewed first. */
  @Test
  void thePageOfFieldsIsWhatTheDescriptionOfTheInterfaceSays() throws IOException {
    Path page = Path.of(System.getProperty("tributary.home"), "docs", "fields.md");
    String text = Files.readString(page);
    String current =
        text.substring(0, text.indexOf(BEGIN) + BEGIN.length())
            + "## A source\n\n"
            + table(source)
            + "\n## A dataset\n\n"
            + table(dataset)
            + text.substring(text.indexOf(END));
    if (Boolean.getBoolean("tributary.docs.update")) {
      Files.writeString(page, current);
    }
    assertThat(Files.readString(page))
        .as("docs/fields.md; run this test once more with -Dtributary.docs.update=true")
        .isEqualTo(current);
  }

  @Test
  void everyFieldIsDescribed() {
    for (Map<String, Field> fields : List.of(source, dataset)) {
      fields.forEach(
          (name, field) ->
              assertThat(field.schema().path("description").asText()).as(name).isNotBlank());
    }
  }

  @Test
  void theDescriptionHasTheFieldsOfTheRecordsAndNoOthersButThoseThatAreNotStored() {
    assertThat(stored(source)).isEqualTo(components(SourceSpec.class));
    assertThat(stored(dataset)).isEqualTo(components(DatasetSpec.class));
  }

  private static Set<String> stored(Map<String, Field> fields) {
    Set<String> names = new TreeSet<>(fields.keySet());
    names.removeAll(OF_DOCUMENTS);
    // A single value is taken and not stored: what drivers do anyhow.
    names.removeIf(name -> fields.get(name).schema().has("const"));
    return names;
  }

  @Test
  void theDefaultsAreThoseThatTheRecordsFillIn() {
    ArchiveSpec archive = new ArchiveSpec("s3a://raw/archive", null, null, null);
    defaults(
        source,
        new SourceSpec("s", "b:1", List.of("t"), null, null, null, archive, null, null, null));
    defaults(
        dataset,
        new DatasetSpec(
                "d",
                "s",
                null,
                new TargetSpec("s3a://lake/d", null, null),
                List.of(ColumnSpec.of("id", "string"), ColumnSpec.of("at", "timestamp")),
                null,
                List.of(new TransformSpec("s3a://j/t.jar", "a".repeat(64), "t", null)),
                null,
                null,
                null)
            .withChecks(
                new ChecksSpec(
                    List.of(new ExpectationSpec("e", "true", null)),
                    Optional.of(new JsonSchemaSpec(Json.mapper().createObjectNode(), null, null)),
                    Optional.of(new EventTimeSpec("at", Optional.of(1L), null, null, null))))
            .withMaintenance(
                new MaintenanceSpec(null, null, null, null, null, null, Optional.of(20L), null)));
  }

  private static void defaults(Map<String, Field> fields, Object spec) {
    ObjectNode json = Json.mapper().valueToTree(spec);
    // A document leaves them out where all of them are the standard ones.
    json.set("coordinates", Json.mapper().valueToTree(CoordinatesSpec.standard()));
    fields.forEach(
        (name, field) -> {
          if (field.schema().has("default")) {
            assertThat(at(json, name).asText())
                .as("the default of " + name)
                .isEqualTo(field.schema().path("default").asText());
          }
        });
  }

  private static JsonNode at(JsonNode json, String name) {
    return json.at("/" + name.replace("[]", ".0").replace('.', '/'));
  }

  private static Map<String, Field> fields(String schema) {
    Map<String, Field> fields = new TreeMap<>();
    add(fields, "", RunningMetastore.DOCUMENT.root().at("/components/schemas/" + schema));
    return fields;
  }

  private static void add(Map<String, Field> fields, String prefix, JsonNode schema) {
    List<String> required = new ArrayList<>();
    schema.path("required").forEach(name -> required.add(name.asText()));
    schema
        .path("properties")
        .properties()
        .forEach(
            property -> {
              String name = prefix + property.getKey();
              JsonNode described = RunningMetastore.DOCUMENT.resolved(property.getValue());
              fields.put(name, new Field(described, required.contains(property.getKey())));
              if (!described.has("oneOf")) {
                add(fields, name + ".", described);
                add(
                    fields,
                    name + "[].",
                    RunningMetastore.DOCUMENT.resolved(described.path("items")));
              }
            });
  }

  private static Set<String> components(Class<?> type) {
    Set<String> names = new TreeSet<>();
    add(names, "", type);
    return names;
  }

  private static void add(Set<String> names, String prefix, Class<?> type) {
    for (RecordComponent component : type.getRecordComponents()) {
      JsonProperty called = component.getAccessor().getAnnotation(JsonProperty.class);
      String name = prefix + (called == null ? component.getName() : called.value());
      names.add(name);
      Type of = component.getGenericType();
      String suffix = ".";
      while (of instanceof ParameterizedType generic && !Map.class.equals(generic.getRawType())) {
        suffix = List.class.equals(generic.getRawType()) ? "[]." : suffix;
        of = generic.getActualTypeArguments()[0];
      }
      if (of instanceof Class<?> plain && plain.isRecord() && !hasFormOfItsOwn(plain)) {
        add(names, name + suffix, plain);
      }
    }
  }

  /** Its JSON is not that of its components, and is described as alternatives. */
  private static boolean hasFormOfItsOwn(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .anyMatch(method -> method.isAnnotationPresent(JsonValue.class));
  }

  private static String table(Map<String, Field> fields) {
    StringBuilder table =
        new StringBuilder("| field | takes | default | what it is |\n|---|---|---|---|\n");
    fields.forEach(
        (name, field) ->
            table.append(
                "| `%s` | %s | %s | %s |\n"
                    .formatted(
                        name,
                        takes(field.schema()).replace("|", "\\|"),
                        field.required()
                            ? "required"
                            : field.schema().has("default")
                                ? "`" + field.schema().path("default").asText() + "`"
                                : "",
                        field.schema().path("description").asText().replace("|", "\\|"))));
    return table.toString();
  }

  private static String takes(JsonNode schema) {
    if (schema.has("enum")) {
      StringJoiner values = new StringJoiner(", ");
      schema.path("enum").forEach(value -> values.add("`" + value.asText() + "`"));
      return values.toString();
    }
    if (schema.has("const")) {
      return "`" + schema.path("const").asText() + "` alone";
    }
    if (schema.has("oneOf")) {
      StringJoiner alternatives = new StringJoiner(", or ");
      schema
          .path("oneOf")
          .forEach(
              one -> alternatives.add(one.has("$ref") ? "the fields of a source" : takes(one)));
      return alternatives.toString();
    }
    String type = schema.path("type").asText();
    return switch (type) {
      case "array" -> "a list of " + of(RunningMetastore.DOCUMENT.resolved(schema.path("items")));
      case "object" -> object(schema);
      case "integer", "number" -> "a number" + bounds(schema);
      case "boolean" -> "`true`, `false`";
      default -> schema.has("pattern") ? "`" + schema.path("pattern").asText() + "`" : "a text";
    };
  }

  private static String of(JsonNode items) {
    return items.has("enum") || items.has("pattern")
        ? takes(items)
        : items.has("properties") ? "objects" : "texts";
  }

  private static String object(JsonNode schema) {
    if (schema.has("properties")) {
      StringJoiner names = new StringJoiner(", ");
      schema.path("properties").fieldNames().forEachRemaining(name -> names.add("`" + name + "`"));
      return "an object of " + names;
    }
    return schema.has("additionalProperties") ? "names and values" : "an object";
  }

  private static String bounds(JsonNode schema) {
    String least = schema.has("minimum") ? " from " + schema.path("minimum").asText() : "";
    return least + (schema.has("maximum") ? " to " + schema.path("maximum").asText() : "");
  }
}
