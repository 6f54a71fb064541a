package dev.tributary.archive.decode;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A value of JSON that is known to be valid, as it stands in its bytes.
 *
 * @param bytes not copied
 * @param start of the value, without white space before it
 * @param end after it
 */
record JsonSlice(byte[] bytes, int start, int end) {
  private static final int LONGEST_INTEGER = 18;

  /** The value that all of these bytes are. */
  static JsonSlice of(byte[] json) {
    JsonCursor cursor = new JsonCursor();
    cursor.reset(json, 0, json.length);
    return next(cursor);
  }

  /** The value at a cursor, which moves over it. */
  static JsonSlice next(JsonCursor cursor) {
    int start = cursor.at();
    cursor.skipValue();
    return new JsonSlice(cursor.bytes(), start, cursor.at());
  }

  boolean isObject() {
    return bytes[start] == '{';
  }

  boolean isText() {
    return bytes[start] == '"';
  }

  private boolean isNull() {
    return bytes[start] == 'n';
  }

  /** The fields of an object that are not null; of two of one name the last counts. */
  Map<String, JsonSlice> fields() {
    Map<String, JsonSlice> fields = new LinkedHashMap<>();
    JsonCursor cursor = cursor();
    if (cursor.enterEmpty()) {
      return fields;
    }
    do {
      cursor.readName();
      Optional<String> name = text(cursor).map(utf8 -> new String(utf8, StandardCharsets.UTF_8));
      JsonSlice value = next(cursor);
      if (name.isEmpty()) {
        continue;
      }
      if (value.isNull()) {
        fields.remove(name.get());
      } else {
        fields.put(name.get(), value);
      }
    } while (cursor.hasMore());
    return fields;
  }

  /** The text of a string, as UTF-8; empty for other values and for half of a surrogate pair. */
  Optional<byte[]> utf8() {
    if (!isText()) {
      return Optional.empty();
    }
    JsonCursor cursor = cursor();
    cursor.readText();
    return text(cursor);
  }

  /** As {@link #utf8}. */
  Optional<String> text() {
    return utf8().map(utf8 -> new String(utf8, StandardCharsets.UTF_8));
  }

  /** A whole number that a long holds, or a string of one. */
  Optional<Long> integer() {
    String digits = isText() ? text().orElse("") : raw();
    return digits.length() <= LONGEST_INTEGER && digits.matches("-?[0-9]+")
        ? Optional.of(Long.valueOf(digits))
        : Optional.empty();
  }

  /** A string without its quotes where it holds a number as JSON writes one, else the value. */
  JsonSlice unquotedNumber() {
    boolean number = isText() && new JsonNumber().read(bytes, start + 1, end - 1);
    return number ? new JsonSlice(bytes, start + 1, end - 1) : this;
  }

  /** The value as it stands. */
  String raw() {
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }

  void writeTo(ByteArrayOutputStream out) {
    out.write(bytes, start, end - start);
  }

  JsonCursor cursor() {
    JsonCursor cursor = new JsonCursor();
    cursor.reset(bytes, start, end - start);
    return cursor;
  }

  private static Optional<byte[]> text(JsonCursor cursor) {
    byte[] text = new byte[cursor.textEnd() - cursor.textStart()];
    int length = JsonText.unescape(cursor.bytes(), cursor.textStart(), cursor.textEnd(), text);
    return length < 0 ? Optional.empty() : Optional.of(Arrays.copyOf(text, length));
  }
}
