package dev.tributary.archive.line;

import dev.tributary.archive.json.JsonValidator;
import dev.tributary.archive.json.Utf8;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;

/**
 * Appends records as lines to a growing buffer. A record is {@link #begin}, then in this order
 * {@link #key} where it has one, {@link #header} for each header, {@link #value} where it has one,
 * then {@link #end}. Allocates nothing a record. Not thread-safe.
 */
public final class LineEncoder {
  private enum State {
    IDLE,
    BEGUN,
    KEY,
    HEADERS,
    HEADERS_ENDED,
    VALUE
  }

  private final JsonValidator validator = new JsonValidator();
  private final ByteBuilder lines = new ByteBuilder();
  private final byte[] prefix;
  private State state = State.IDLE;
  private int lineStart;

  /** An encoder for the records of one topic. */
  public LineEncoder(String topic) {
    this.prefix = LineTokens.prefix(topic);
  }

  /** Begins a line; {@code timestamp} in epoch milliseconds, -1 for none. */
  public void begin(int partition, long offset, long timestamp, TimestampType type) {
    require(state == State.IDLE);
    state = State.BEGUN;
    lineStart = lines.length();
    lines.append(prefix);
    lines.appendNumber(partition);
    lines.append(LineTokens.OFFSET);
    lines.appendNumber(offset);
    lines.append(LineTokens.TIMESTAMP);
    lines.appendNumber(timestamp);
    lines.append(LineTokens.TIMESTAMP_TYPE);
    lines.append(type.utf8());
    lines.append((byte) '"');
  }

  /** The record's key; not called where it has none. */
  public void key(byte[] bytes, int start, int length) {
    advance(State.KEY);
    text(LineTokens.KEY, LineTokens.KEY_BASE64, bytes, start, length);
  }

  /** As {@link #key(byte[], int, int)}. */
  public void key(byte[] bytes) {
    key(bytes, 0, bytes.length);
  }

  /** A header in its turn; the name is UTF-8. */
  public void header(byte[] name, byte[] value) {
    headerName(name);
    lines.append((byte) '"');
    lines.appendBase64(value, 0, value.length);
    lines.append((byte) '"');
    lines.append((byte) ']');
  }

  /** A header in its turn that has no value (null, which differs from an empty one). */
  public void headerWithoutValue(byte[] name) {
    headerName(name);
    lines.append(LineTokens.NULL);
    lines.append((byte) ']');
  }

  private void headerName(byte[] name) {
    if (!Utf8.isValid(name, 0, name.length)) {
      throw new TributaryException(
          ErrorCode.RECORD_REFUSED,
          "The name of a header is not valid UTF-8: '%s'. Kafka's own clients cannot give such a name; give its UTF-8 bytes."
              .formatted(new String(name, StandardCharsets.UTF_8)));
    }
    if (state == State.HEADERS) {
      lines.append((byte) ',');
    } else {
      advance(State.HEADERS);
      lines.append(LineTokens.HEADERS);
    }
    lines.append((byte) '[');
    lines.append((byte) '"');
    lines.appendEscaped(name, 0, name.length);
    lines.append((byte) '"');
    lines.append((byte) ',');
  }

  /** The record's value; not called for a tombstone. */
  public void value(byte[] bytes, int start, int length) {
    endHeaders();
    advance(State.VALUE);
    if (!validator.isValid(bytes, start, length)) {
      text(LineTokens.VALUE_TEXT, LineTokens.VALUE_BASE64, bytes, start, length);
      return;
    }
    lines.append(LineTokens.VALUE);
    int valueStart = lines.length();
    lines.append(bytes, start, length);
    int breaks = validator.breakCount();
    if (breaks == 0) {
      return;
    }
    for (int index = 0; index < breaks; index++) {
      int position = validator.breakAt(index);
      lines.bytes()[valueStart + (position < 0 ? ~position : position)] = ' ';
    }
    lines.append(LineTokens.VALUE_BREAKS);
    for (int index = 0; index < breaks; index++) {
      if (index > 0) {
        lines.append((byte) ',');
      }
      lines.appendNumber(validator.breakAt(index));
    }
    lines.append((byte) ']');
  }

  /** As {@link #value(byte[], int, int)}. */
  public void value(byte[] bytes) {
    value(bytes, 0, bytes.length);
  }

  /** Ends the line with its LF. */
  public void end() {
    require(state != State.IDLE);
    endHeaders();
    state = State.IDLE;
    lines.append((byte) '}');
    lines.append((byte) '\n');
  }

  /** The buffer: the lines are its first {@link #length} bytes; valid until the next call. */
  public byte[] buffer() {
    return lines.bytes();
  }

  /** The number of bytes of the lines that were ended. */
  public int length() {
    return state == State.IDLE ? lines.length() : lineStart;
  }

  /** Empties the buffer, and forgets a line that was begun. */
  public void clear() {
    state = State.IDLE;
    lines.truncate(0);
  }

  private void endHeaders() {
    if (state == State.HEADERS) {
      lines.append((byte) ']');
      state = State.HEADERS_ENDED;
    }
  }

  private void text(byte[] textField, byte[] base64Field, byte[] bytes, int start, int length) {
    boolean text = Utf8.isValid(bytes, start, length);
    lines.append(text ? textField : base64Field);
    if (text) {
      lines.appendEscaped(bytes, start, length);
    } else {
      lines.appendBase64(bytes, start, length);
    }
    lines.append((byte) '"');
  }

  private void advance(State to) {
    require(state != State.IDLE && state.compareTo(to) < 0);
    state = to;
  }

  private void require(boolean inOrder) {
    if (!inOrder) {
      throw new IllegalStateException(
          "A record is begin, key, headers, value, end, in this order; the last was %s."
              .formatted(state));
    }
  }
}
