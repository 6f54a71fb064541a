package dev.tributary.archive.decode;

import dev.tributary.archive.json.Bytes;

/**
 * Moves over JSON that is known to be valid. It also carries what went wrong last, so that a record
 * that does not fit costs no exception.
 */
final class JsonCursor {
  /** What a converter returns for a value that does not fit. */
  static final Object FAILED = new Object();

  private byte[] bytes = {};
  private int at;
  private int end;
  private int textStart;
  private int textEnd;
  private boolean escaped;
  private Failure failure = Failure.NONE;

  /** What did not fit: where below its column, what was expected, and where it stands. */
  record Failure(DecodeError error, String path, String expected, int start, int end) {
    static final Failure NONE = new Failure(DecodeError.NOT_JSON, "", "", 0, 0);

    Failure below(String name) {
      return new Failure(error, path.isEmpty() ? name : name + "." + path, expected, start, end);
    }
  }

  void reset(byte[] json, int start, int length) {
    bytes = json;
    at = start;
    end = start + length;
    skipSpace();
  }

  byte[] bytes() {
    return bytes;
  }

  int at() {
    return at;
  }

  void moveTo(int position) {
    at = position;
  }

  /** The byte here, which begins a value or ends a container. */
  byte peek() {
    return bytes[at];
  }

  byte next() {
    return bytes[at++];
  }

  void skipSpace() {
    while (at < end && bytes[at] <= ' ' && bytes[at] > 0) {
      at++;
    }
  }

  /** Moves over a container's opening bracket; whether it then is empty and was left again. */
  boolean enterEmpty() {
    at++;
    skipSpace();
    if (bytes[at] == '}' || bytes[at] == ']') {
      at++;
      return true;
    }
    return false;
  }

  /** Moves over what follows an element; whether there is one more. */
  boolean hasMore() {
    skipSpace();
    boolean more = bytes[at++] == ',';
    if (more) {
      skipSpace();
    }
    return more;
  }

  /** Moves over a name and its colon; the name is then the text. */
  void readName() {
    readText();
    skipSpace();
    at++;
    skipSpace();
  }

  /** Moves over a string; its text is then from {@link #textStart} to {@link #textEnd}. */
  void readText() {
    textStart = ++at;
    escaped = false;
    while (true) {
      at = Bytes.firstQuoteOrBackslash(bytes, at, end);
      if (bytes[at] == '"') {
        textEnd = at++;
        return;
      }
      escaped = true;
      at += 2;
    }
  }

  int textStart() {
    return textStart;
  }

  int textEnd() {
    return textEnd;
  }

  /** Whether the text holds escapes. */
  boolean escaped() {
    return escaped;
  }

  void skipValue() {
    int depth = 0;
    do {
      switch (bytes[at]) {
        case '"' -> readText();
        case '{', '[' -> {
          depth++;
          at++;
        }
        case '}', ']' -> {
          depth--;
          at++;
        }
        default -> skipPlain();
      }
    } while (depth > 0);
  }

  /** Moves over a number, a literal, or, inside of containers, what stands between values. */
  private void skipPlain() {
    at++;
    while (at < end) {
      switch (bytes[at]) {
        case '"', '{', '[', '}', ']', ',', ' ', '\t', '\n', '\r' -> {
          return;
        }
        default -> at++;
      }
    }
  }

  /** Leaves the value that begins at {@code start} and remembers that it did not fit. */
  Object fail(DecodeError error, String expected, int start) {
    at = start;
    skipValue();
    failure = new Failure(error, "", expected, start, at);
    return FAILED;
  }

  void fail(Failure again) {
    failure = again;
  }

  Failure failure() {
    return failure;
  }
}
