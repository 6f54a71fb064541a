package dev.tributary.archive.decode;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Optional;

/**
 * Writes MongoDB's extended JSON as plain JSON: an object that stands for a value of a type that
 * JSON lacks becomes that value, as columns take it. Knows the canonical, the relaxed and the older
 * strict form. What it does not know stays as it stands, and numbers keep their digits.
 */
final class ExtendedJson {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private ExtendedJson() {}

  /** The plain form of a value. */
  static byte[] plain(JsonSlice extended) {
    ExtendedJson json = new ExtendedJson();
    json.value(extended.cursor());
    return json.out.toByteArray();
  }

  private void value(JsonCursor cursor) {
    switch (cursor.peek()) {
      case '{' -> object(cursor);
      case '[' -> array(cursor);
      default -> JsonSlice.next(cursor).writeTo(out);
    }
  }

  private void array(JsonCursor cursor) {
    out.write('[');
    boolean more = !cursor.enterEmpty();
    while (more) {
      value(cursor);
      more = cursor.hasMore();
      if (more) {
        out.write(',');
      }
    }
    out.write(']');
  }

  private void object(JsonCursor cursor) {
    int start = cursor.at();
    boolean more = !cursor.enterEmpty();
    if (more && cursor.bytes()[cursor.at() + 1] == '$') {
      typed(cursor, start);
      return;
    }
    out.write('{');
    while (more) {
      int name = cursor.at();
      cursor.readName();
      out.write(cursor.bytes(), name, cursor.textEnd() + 1 - name);
      out.write(':');
      value(cursor);
      more = cursor.hasMore();
      if (more) {
        out.write(',');
      }
    }
    out.write('}');
  }

  /** An object whose first field's name begins with a dollar. */
  private void typed(JsonCursor cursor, int start) {
    cursor.moveTo(start);
    JsonSlice object = JsonSlice.next(cursor);
    plain(object.fields()).orElse(object).writeTo(out);
  }

  private static Optional<JsonSlice> plain(Map<String, JsonSlice> fields) {
    if (fields.size() == 2 && fields.containsKey("$type")) {
      return Optional.ofNullable(fields.get("$binary")).filter(JsonSlice::isText);
    }
    if (fields.size() != 1) {
      return Optional.empty();
    }
    Map.Entry<String, JsonSlice> field = fields.entrySet().iterator().next();
    JsonSlice value = field.getValue();
    return switch (field.getKey()) {
      case "$oid", "$uuid", "$symbol" -> Optional.of(value).filter(JsonSlice::isText);
      case "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal" ->
          Optional.of(value.unquotedNumber()).filter(number -> !number.isObject());
      case "$date" -> Optional.of(value.isObject() ? milliseconds(value) : value);
      case "$binary" -> value.isObject() ? base64(value.fields()) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static JsonSlice milliseconds(JsonSlice date) {
    return Optional.ofNullable(date.fields().get("$numberLong"))
        .map(JsonSlice::unquotedNumber)
        .orElse(date);
  }

  private static Optional<JsonSlice> base64(Map<String, JsonSlice> binary) {
    return Optional.ofNullable(binary.get("base64")).filter(JsonSlice::isText);
  }
}
