package dev.tributary.archive.line;

import dev.tributary.archive.json.Bytes;
import dev.tributary.archive.line.LineView.ValueKind;
import java.util.Arrays;

/**
 * Reads lines back into records, refusing what the format does not allow. That a value which stands
 * verbatim is valid JSON is the writer's promise, guarded by the segment's checksum, and not
 * checked again. Not thread-safe.
 */
public final class LineDecoder {
  private static final TimestampType[] TIMESTAMP_TYPES = TimestampType.values();

  private final LineView view = new LineView();
  private final byte[] prefix;
  private byte[] line = {};
  private int at;
  private int end;

  /** A decoder for the lines of one topic. */
  public LineDecoder(String topic) {
    this.prefix = LineTokens.prefix(topic);
  }

  /**
   * The record of the line at {@code start} (inclusive) to {@code lineEnd} (exclusive, without its
   * LF). The view is the decoder's own and is valid until the next call and as long as {@code
   * buffer} is not changed.
   *
   * @throws dev.tributary.core.error.TributaryException ARCHIVE_CHECKSUM with the position, for a
   *     line that this format does not allow
   */
  public LineView decode(byte[] buffer, int start, int lineEnd) {
    line = buffer;
    at = start;
    // The object's closing brace is taken off first, so that everything else ends before it.
    end = lineEnd - 1;
    if (end < start || line[end] != '}') {
      throw MalformedLine.at(Math.max(start, end), "a closing brace");
    }
    view.reset(buffer);
    expect(prefix, "the topic of this archive");
    long partition = number("the partition");
    if (partition < 0 || partition > Integer.MAX_VALUE) {
      throw MalformedLine.at(at, "a partition's number before it");
    }
    expect(LineTokens.OFFSET, "the offset");
    long offset = number("the offset");
    expect(LineTokens.TIMESTAMP, "the timestamp");
    long timestamp = number("the timestamp");
    expect(LineTokens.TIMESTAMP_TYPE, "the timestamp's type");
    view.coordinates((int) partition, offset, timestamp, timestampType());
    key();
    headers();
    value();
    return view;
  }

  private void key() {
    if (accept(LineTokens.KEY)) {
      int start = at;
      view.keyRange().setText(start, text());
    } else if (accept(LineTokens.KEY_BASE64)) {
      int start = at;
      view.keyRange().setBase64(start, base64());
    }
  }

  private void headers() {
    if (!accept(LineTokens.HEADERS)) {
      return;
    }
    HeaderRanges headers = view.headers();
    do {
      expect('[');
      expect('"');
      headers.add();
      int name = at;
      headers.name(headers.count() - 1).setText(name, text());
      expect(',');
      if (!accept(LineTokens.NULL)) {
        expect('"');
        int value = at;
        headers.value(headers.count() - 1).setBase64(value, base64());
      }
      expect(']');
    } while (accept(','));
    expect(']');
  }

  private void value() {
    if (at == end) {
      return;
    }
    if (accept(LineTokens.VALUE)) {
      int start = at;
      int valueEnd = breaks(start);
      if (valueEnd == start) {
        throw MalformedLine.at(start, "a value");
      }
      view.value(ValueKind.JSON, start, valueEnd);
      return;
    }
    boolean isText = accept(LineTokens.VALUE_TEXT);
    if (!isText) {
      expect(LineTokens.VALUE_BASE64, "a key, headers or value in the order of the format");
    }
    int start = at;
    int valueEnd = isText ? text() : base64();
    view.value(isText ? ValueKind.TEXT : ValueKind.BINARY, start, valueEnd);
    if (at != end) {
      throw MalformedLine.at(at, "the end of the line");
    }
  }

  /**
   * Reads the breaks, if the line has any, and returns where the value ends. Going back from the
   * line's end over digits, commas and minus signs finds the bracket of a flat array of integers;
   * the name before that bracket decides. A value cannot feign it: an array that ends where the
   * value ends is the value, and has the name of the value before it.
   */
  private int breaks(int start) {
    if (line[end - 1] != ']') {
      return end;
    }
    int bracket = end - 2;
    while (bracket >= start && isOfNumbers(line[bracket])) {
      bracket--;
    }
    int field = bracket + 1 - LineTokens.VALUE_BREAKS.length;
    if (field < start || !stands(LineTokens.VALUE_BREAKS, field)) {
      return end;
    }
    at = bracket + 1;
    int least = 0;
    do {
      long position = number("a line break");
      long place = position < 0 ? ~position : position;
      if (place < least || place >= field - start || line[start + (int) place] != ' ') {
        throw MalformedLine.at(at, "the place of a line break before it");
      }
      least = (int) place + 1;
      view.addBreak((int) position);
    } while (accept(','));
    expect(']');
    if (at != end) {
      throw MalformedLine.at(at, "the end of the line");
    }
    return field;
  }

  private static boolean isOfNumbers(byte character) {
    return character >= '0' && character <= '9' || character == ',' || character == '-';
  }

  private TimestampType timestampType() {
    for (TimestampType type : TIMESTAMP_TYPES) {
      if (accept(type.utf8())) {
        expect('"');
        return type;
      }
    }
    throw MalformedLine.at(at, "a timestamp's type");
  }

  /** Moves over a string's closing quote and returns where its text ends. */
  private int text() {
    while (true) {
      at = Bytes.firstQuoteOrBackslash(line, at, end);
      if (at >= end) {
        throw MalformedLine.at(end, "a closing quote");
      }
      if (line[at] == '"') {
        return at++;
      }
      at = Math.min(end, at + 2);
    }
  }

  private int base64() {
    int start = at;
    int valueEnd = text();
    if (!isBase64(start, valueEnd)) {
      throw MalformedLine.at(start, "base64 with padding");
    }
    return valueEnd;
  }

  private boolean isBase64(int start, int valueEnd) {
    int length = valueEnd - start;
    if (length % 4 != 0) {
      return false;
    }
    int padding = 0;
    while (padding < 2 && padding < length && line[valueEnd - 1 - padding] == '=') {
      padding++;
    }
    for (int digit = start; digit < valueEnd - padding; digit++) {
      byte character = line[digit];
      boolean allowed =
          character >= 'a' && character <= 'z'
              || character >= 'A' && character <= 'Z'
              || character >= '0' && character <= '9'
              || character == '+'
              || character == '/';
      if (!allowed) {
        return false;
      }
    }
    return true;
  }

  private long number(String what) {
    boolean negative = accept('-');
    int start = at;
    long number = 0;
    while (at < end && line[at] >= '0' && line[at] <= '9') {
      // Downwards, since the least number has no positive counterpart.
      number = number * 10 - (line[at++] - '0');
      if (number > 0 || at - start > 19) {
        throw MalformedLine.at(start, what);
      }
    }
    if (at == start || !negative && number == Long.MIN_VALUE) {
      throw MalformedLine.at(start, what);
    }
    return negative ? number : -number;
  }

  private boolean stands(byte[] token, int position) {
    int after = position + token.length;
    return after <= end && Arrays.equals(line, position, after, token, 0, token.length);
  }

  private boolean accept(byte[] token) {
    if (!stands(token, at)) {
      return false;
    }
    at += token.length;
    return true;
  }

  private boolean accept(char character) {
    if (at >= end || line[at] != character) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(byte[] token, String what) {
    if (!accept(token)) {
      throw MalformedLine.at(at, what);
    }
  }

  private void expect(char character) {
    if (!accept(character)) {
      throw MalformedLine.at(at, "the character " + character);
    }
  }
}
