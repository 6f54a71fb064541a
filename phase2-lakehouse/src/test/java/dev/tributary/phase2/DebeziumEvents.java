package dev.tributary.phase2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What Debezium's engine emitted of a database's history, once in each form, and what the database
 * held in the end.
 *
 * @param folder a file {@code FORM.jsonl.gz} a form, and {@code rows.json}
 */
record DebeziumEvents(Path folder) {
  private static final String ROWS = "rows.json";

  /** What an event says of when and where it happened, and of who saw it. */
  private static final Set<String> OWN_TO_A_RUN =
      Set.of(
          "ts_ms",
          "ts_us",
          "ts_ns",
          "txId",
          "lsn",
          "sequence",
          "version",
          "__source_ts_ms",
          "__source_lsn",
          "__source_sequence");

  /** The events of one of the database's tables, in the order in which they were emitted. */
  List<TestArchive.Message> of(DebeziumForm form, String table) throws IOException {
    List<TestArchive.Message> messages = new ArrayList<>();
    for (JsonNode event : all(form)) {
      if (event.path("topic").asText().endsWith("." + table)) {
        messages.add(
            new TestArchive.Message(
                0,
                text(event.path("key")),
                text(event.path("value")).map(it -> it.getBytes(StandardCharsets.UTF_8))));
      }
    }
    return messages;
  }

  /** All events, without what is another with every run. */
  List<String> essence(DebeziumForm form) throws IOException {
    List<String> events = new ArrayList<>();
    for (JsonNode event : all(form)) {
      JsonNode value = event.path("value");
      events.add(
          "%s %s %s"
              .formatted(
                  event.path("topic").asText(),
                  event.path("key").asText(),
                  value.isNull()
                      ? value
                      : essence(
                          Json.read(
                              value.asText().getBytes(StandardCharsets.UTF_8), JsonNode.class))));
    }
    return events;
  }

  private static JsonNode essence(JsonNode value) {
    if (value instanceof ObjectNode object) {
      object.remove(OWN_TO_A_RUN);
    }
    value.forEach(DebeziumEvents::essence);
    return value;
  }

  private List<JsonNode> all(DebeziumForm form) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    try (InputStream file = Files.newInputStream(file(form));
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        events.add(Json.read(line.getBytes(StandardCharsets.UTF_8), JsonNode.class));
      }
    }
    return events;
  }

  /** What the database's own query for a view answered. */
  List<String> rows(DebeziumView view) throws IOException {
    JsonNode all = Json.read(Files.readAllBytes(folder.resolve(ROWS)), JsonNode.class);
    List<String> rows = new ArrayList<>();
    all.path(view.name()).forEach(row -> rows.add(row.asText()));
    return rows;
  }

  /** Keeps what an engine has written. */
  void put(DebeziumForm form, Path written) throws IOException {
    Files.createDirectories(folder);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file(form)))) {
      Files.copy(written, out);
    }
  }

  /** Keeps what the database answered. */
  void put(Map<DebeziumView, List<String>> answers) throws IOException {
    ObjectNode all = Json.mapper().createObjectNode();
    new TreeMap<>(answers)
        .forEach(
            (view, rows) -> {
              ArrayNode array = all.putArray(view.name());
              rows.forEach(array::add);
            });
    Files.writeString(
        folder.resolve(ROWS),
        Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
  }

  private Path file(DebeziumForm form) {
    return folder.resolve(form.file() + ".jsonl.gz");
  }

  private static Optional<String> text(JsonNode value) {
    return value.isNull() ? Optional.empty() : Optional.of(value.asText());
  }
}
