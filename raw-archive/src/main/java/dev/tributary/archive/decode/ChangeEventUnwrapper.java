package dev.tributary.archive.decode;

import static dev.tributary.archive.decode.ChangeEventError.CHANGE_EVENT;
import static dev.tributary.archive.decode.ChangeEventError.INCOMPLETE_EVENT;
import static dev.tributary.archive.decode.ChangeEventError.TRUNCATE_EVENT;

import dev.tributary.archive.decode.UnwrappedEvent.Changed;
import dev.tributary.archive.decode.UnwrappedEvent.Refused;
import dev.tributary.archive.json.JsonValidator;
import dev.tributary.core.spec.ChangeEventColumns;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes of Debezium's change events, as its JSON converter writes them, the rows that changed. The
 * row's values are the event's bytes, so that no number is rounded; the columns of {@link
 * ChangeEventColumns} come after them. Takes envelopes with and without a schema, and the flattened
 * form, in which the row's fields stand beside {@code __op} or {@code __deleted}. Not thread-safe;
 * make one a task.
 */
public final class ChangeEventUnwrapper {
  /** What PostgreSQL's connector writes for a large value that an update did not touch. */
  private static final String UNAVAILABLE = "__debezium_unavailable_value";

  private static final Set<String> UNAVAILABLE_VALUES =
      Set.of(
          UNAVAILABLE,
          Base64.getEncoder().encodeToString(UNAVAILABLE.getBytes(StandardCharsets.UTF_8)));

  private final JsonValidator validator = new JsonValidator();
  private final Set<String> declared;
  private final UnknownFields unknownFields;

  /** For rows of which these columns are read, and what becomes of their other fields. */
  public ChangeEventUnwrapper(List<ColumnSpec> columns, UnknownFields unknownFields) {
    this.unknownFields = unknownFields;
    declared =
        columns.stream()
            .map(column -> column.path().map(path -> path.split("\\.")[0]).orElse(column.name()))
            .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The row of an event.
   *
   * @param value the event
   * @param key the record's key, which says what was deleted where the event does not; no bytes if
   *     it has none
   */
  public UnwrappedEvent unwrap(byte[] value, byte[] key) {
    if (!validator.isValid(value, 0, value.length)) {
      return new Refused(
          DecodeError.NOT_JSON.code(),
          "The value is not JSON in UTF-8: " + JsonText.excerpt(value, 0, value.length),
          "The value is not JSON in UTF-8.");
    }
    JsonSlice whole = JsonSlice.of(value);
    if (!whole.isObject()) {
      return refused(CHANGE_EVENT, "The value is JSON, but no object and so no change event.");
    }
    Map<String, JsonSlice> fields = whole.fields();
    if (isEvent(fields) || !isObject(fields.get("payload"))) {
      return event(whole, fields, key);
    }
    JsonSlice payload = fields.get("payload");
    return event(payload, payload.fields(), key);
  }

  private static boolean isEvent(Map<String, JsonSlice> fields) {
    return isFlattened(fields) || fields.containsKey("op");
  }

  private static boolean isFlattened(Map<String, JsonSlice> fields) {
    return fields.containsKey("__op") || fields.containsKey("__deleted");
  }

  private static boolean isObject(JsonSlice value) {
    return value != null && value.isObject();
  }

  private UnwrappedEvent event(JsonSlice whole, Map<String, JsonSlice> fields, byte[] key) {
    if (isFlattened(fields)) {
      return flattened(whole, fields);
    }
    if (!fields.containsKey("op")) {
      return refused(
          CHANGE_EVENT,
          "The value has no op, so it is no change of a row: a heartbeat, a schema change, a transaction's boundary, or a flattened event without add.fields=op. Leave the record where it is, or give the connector's transform that setting.");
    }
    String op = fields.get("op").text().orElse("");
    return switch (op) {
      case "c", "u", "r" -> changed(op, fields);
      case "d" -> deleted(fields, key);
      case "t" -> truncated();
      default -> unknown(fields.get("op"));
    };
  }

  private static Refused truncated() {
    return refused(
        TRUNCATE_EVENT,
        "The table was truncated at its source, which no row says; the rows from before are still here. Fill another dataset's table with an archiveStart after this event if they have to go.");
  }

  private static Refused unknown(JsonSlice op) {
    String problem = "The event's op is none of c, u, d, r and t%s: it is no change of a row.";
    String found = JsonText.excerpt(op.bytes(), op.start(), op.end());
    return new Refused(
        CHANGE_EVENT.code(), problem.formatted(" but " + found), problem.formatted(""));
  }

  private UnwrappedEvent changed(String op, Map<String, JsonSlice> event) {
    JsonSlice after = event.get("after");
    if (after == null) {
      boolean partial = event.containsKey("updateDescription") || event.containsKey("patch");
      return refused(
          INCOMPLETE_EVENT,
          partial
              ? "The update says what changed in the document and not what it is now. Set the connector's capture.mode to change_streams_update_full."
              : "The event has no after, and without it there is no row. A document that was deleted before the connector looked it up has none; its delete follows.");
    }
    Optional<JsonSlice> row = row(after);
    if (row.isEmpty()) {
      return noDocument("after");
    }
    return unavailable(row.get()).orElseGet(() -> changed(row.get(), op, event));
  }

  private UnwrappedEvent deleted(Map<String, JsonSlice> event, byte[] key) {
    JsonSlice before = event.get("before");
    if (before != null) {
      return row(before)
          .map(row -> changed(row, ChangeEventColumns.DELETE, event))
          .orElseGet(() -> noDocument("before"));
    }
    return keyed(key, event)
        .map(row -> changed(row, ChangeEventColumns.DELETE, event))
        .orElseGet(
            () ->
                refused(
                    INCOMPLETE_EVENT,
                    "The delete has no before, and the record's key is no JSON object that says which row it was. Use the JSON converter for keys, or have the source log the row (REPLICA IDENTITY, pre-images)."));
  }

  private static UnwrappedEvent noDocument(String field) {
    return refused(
        CHANGE_EVENT,
        "The event's %s is neither an object nor a MongoDB document in extended JSON."
            .formatted(field));
  }

  private UnwrappedEvent flattened(JsonSlice whole, Map<String, JsonSlice> fields) {
    JsonSlice row = unknownFields == UnknownFields.IGNORE ? whole : ofSource(whole);
    Map<String, JsonSlice> source = new LinkedHashMap<>();
    fields.forEach(
        (name, value) -> {
          if (name.startsWith("__source_")) {
            source.put(name.substring("__source_".length()), value);
          } else if (name.startsWith("__") && !name.equals("__ts_ms")) {
            source.putIfAbsent(name.substring("__".length()), value);
          }
        });
    JsonSlice op = fields.get("__op");
    boolean deletes = isTrue(fields.get("__deleted"));
    String text = op == null ? "u" : op.text().orElse("");
    if (deletes || text.equals(ChangeEventColumns.DELETE)) {
      return changed(row, ChangeEventColumns.DELETE, source, fields.get("__ts_ms"));
    }
    if (text.equals("t")) {
      return truncated();
    }
    if (!Set.of("c", "u", "r").contains(text)) {
      return unknown(op);
    }
    return unavailable(row).orElseGet(() -> changed(row, text, source, fields.get("__ts_ms")));
  }

  /** A flattened row without what the connector's transform has put beside its columns. */
  private JsonSlice ofSource(JsonSlice row) {
    ByteArrayOutputStream json = new ByteArrayOutputStream(row.end() - row.start());
    JsonCursor cursor = row.cursor();
    boolean more = !cursor.enterEmpty();
    json.write('{');
    while (more) {
      int start = cursor.at();
      cursor.readName();
      String name =
          new String(
              cursor.bytes(),
              cursor.textStart(),
              cursor.textEnd() - cursor.textStart(),
              StandardCharsets.UTF_8);
      JsonSlice value = JsonSlice.next(cursor);
      if (!name.startsWith("__") || declared.contains(name)) {
        if (json.size() > 1) {
          json.write(',');
        }
        json.write(row.bytes(), start, value.end() - start);
      }
      more = cursor.hasMore();
    }
    json.write('}');
    return JsonSlice.of(json.toByteArray());
  }

  private static boolean isTrue(JsonSlice value) {
    return value != null && (value.raw().equals("true") || value.raw().equals("\"true\""));
  }

  /** A row or a document; empty for what is none. */
  private Optional<JsonSlice> row(JsonSlice value) {
    return value.isText()
        ? value
            .utf8()
            .flatMap(this::json)
            .map(ExtendedJson::plain)
            .map(JsonSlice::of)
            .filter(JsonSlice::isObject)
        : Optional.of(value).filter(JsonSlice::isObject);
  }

  private Optional<JsonSlice> json(byte[] text) {
    return validator.isValid(text, 0, text.length)
        ? Optional.of(JsonSlice.of(text))
        : Optional.empty();
  }

  /** What the record's key says of the row. */
  private Optional<JsonSlice> keyed(byte[] key, Map<String, JsonSlice> event) {
    Optional<JsonSlice> fields =
        json(key).filter(JsonSlice::isObject).map(ChangeEventUnwrapper::payload);
    JsonSlice source = event.get("source");
    boolean document = isObject(source) && source.fields().containsKey("collection");
    return document ? fields.flatMap(this::documentKey) : fields;
  }

  private static JsonSlice payload(JsonSlice key) {
    JsonSlice payload = key.fields().get("payload");
    return isObject(payload) ? payload : key;
  }

  /** The key of MongoDB's connector is the document's _id, as text in extended JSON. */
  private Optional<JsonSlice> documentKey(JsonSlice key) {
    return Optional.ofNullable(key.fields().get("id"))
        .map(
            id ->
                id.utf8()
                    .flatMap(this::json)
                    .map(ExtendedJson::plain)
                    .map(JsonSlice::of)
                    .orElse(id))
        .map(
            id -> {
              ByteArrayOutputStream row = new ByteArrayOutputStream();
              row.writeBytes(bytes("{\"_id\":"));
              id.writeTo(row);
              row.write('}');
              return JsonSlice.of(row.toByteArray());
            });
  }

  /** Refuses a row that lacks a value which is wanted of it. */
  private Optional<UnwrappedEvent> unavailable(JsonSlice row) {
    for (Map.Entry<String, JsonSlice> field : row.fields().entrySet()) {
      boolean wanted = declared.contains(field.getKey()) || unknownFields == UnknownFields.RESCUE;
      if (wanted && field.getValue().text().filter(UNAVAILABLE_VALUES::contains).isPresent()) {
        return Optional.of(
            refused(
                INCOMPLETE_EVENT,
                "The update did not touch the column %s, so that PostgreSQL did not log its large value. Set the source table's REPLICA IDENTITY to FULL, or neither declare the column nor rescue it."
                    .formatted(field.getKey())));
      }
    }
    return Optional.empty();
  }

  private static UnwrappedEvent changed(JsonSlice row, String op, Map<String, JsonSlice> event) {
    JsonSlice source = event.get("source");
    return changed(row, op, isObject(source) ? source.fields() : Map.of(), event.get("ts_ms"));
  }

  private static UnwrappedEvent changed(
      JsonSlice row, String op, Map<String, JsonSlice> source, JsonSlice processed) {
    Optional<Long> time =
        Optional.ofNullable(source.get("ts_ms"))
            .flatMap(JsonSlice::integer)
            .or(() -> Optional.ofNullable(processed).flatMap(JsonSlice::integer));
    ByteArrayOutputStream json = new ByteArrayOutputStream(row.end() - row.start() + 128);
    json.write(row.bytes(), row.start(), row.end() - row.start() - 1);
    boolean empty = row.cursor().enterEmpty();
    json.writeBytes(
        bytes(
            "%s\"%s\":\"%s\",\"%s\":%s,\"%s\":\"%s\"}"
                .formatted(
                    empty ? "" : ",",
                    ChangeEventColumns.OP,
                    op,
                    ChangeEventColumns.TIME,
                    time.map(Object::toString).orElse("null"),
                    ChangeEventColumns.POSITION,
                    SourcePosition.of(source))));
    return new Changed(json.toByteArray(), op.equals(ChangeEventColumns.DELETE));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Refused refused(ChangeEventError error, String message) {
    return new Refused(error.code(), message, message);
  }
}
