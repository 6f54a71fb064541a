package dev.tributary.archive.json;

import java.util.Arrays;

/**
 * Says whether bytes are one JSON value by RFC 8259 in valid UTF-8, within bounds that every common
 * parser keeps, and where line breaks stand between its tokens. Not thread-safe.
 */
public final class JsonValidator {
  /** How deep arrays and objects may be nested. */
  public static final int MAX_DEPTH = 500;

  /** How many characters a number may have. */
  public static final int MAX_NUMBER_LENGTH = 500;

  /** How many bytes a field's name may have as it stands. */
  public static final int MAX_NAME_LENGTH = 10_000;

  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  private final boolean[] inObject = new boolean[MAX_DEPTH + 1];
  private int[] breaks = new int[64];
  private int breakCount;
  private int start;

  /** A validator with no state of its own between calls, but for the breaks. */
  public JsonValidator() {}

  /** Whether these bytes are such a value. */
  public boolean isValid(byte[] bytes, int from, int length) {
    int end = from + length;
    int depth = 0;
    start = from;
    breakCount = 0;
    int at = afterSpace(bytes, from, end);
    while (at >= 0 && at < end) {
      byte opening = bytes[at];
      if (opening == '{' || opening == '[') {
        if (depth == MAX_DEPTH) {
          return false;
        }
        boolean object = opening == '{';
        at = afterSpace(bytes, at + 1, end);
        if (at == end) {
          return false;
        }
        if (bytes[at] != (object ? '}' : ']')) {
          inObject[++depth] = object;
          at = object ? afterName(bytes, at, end) : at;
          continue;
        }
        at++;
      } else {
        at = afterScalar(bytes, at, end);
        if (at < 0) {
          return false;
        }
      }
      // A value ends at at: what may follow it?
      while (true) {
        at = afterSpace(bytes, at, end);
        if (depth == 0) {
          return at == end;
        }
        if (at == end) {
          return false;
        }
        boolean object = inObject[depth];
        if (bytes[at] == ',') {
          at = afterSpace(bytes, at + 1, end);
          at = object ? afterName(bytes, at, end) : at;
          break;
        }
        if (bytes[at] != (object ? '}' : ']')) {
          return false;
        }
        depth--;
        at++;
      }
    }
    return false;
  }

  /** How many line breaks stand between the tokens of the last value that was valid. */
  public int breakCount() {
    return breakCount;
  }

  /** A break: the position of an LF in the value, or, of a CR, the position's complement. */
  public int breakAt(int index) {
    return breaks[index];
  }

  private int afterSpace(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && bytes[at] <= ' ') {
      switch (bytes[at]) {
        case ' ', '\t' -> at++;
        case '\n' -> addBreak(at++ - start);
        case '\r' -> addBreak(~(at++ - start));
        default -> {
          return at;
        }
      }
    }
    return at;
  }

  private void addBreak(int position) {
    if (breakCount == breaks.length) {
      breaks = Arrays.copyOf(breaks, 2 * breakCount);
    }
    breaks[breakCount++] = position;
  }

  /** The position of the value after a name and its colon; -1 where there is none. */
  private int afterName(byte[] bytes, int from, int end) {
    if (from >= end || bytes[from] != '"') {
      return -1;
    }
    int at = afterString(bytes, from + 1, end);
    if (at < 0 || at - from - 2 > MAX_NAME_LENGTH) {
      return -1;
    }
    at = afterSpace(bytes, at, end);
    if (at == end || bytes[at] != ':') {
      return -1;
    }
    return afterSpace(bytes, at + 1, end);
  }

  private static int afterScalar(byte[] bytes, int at, int end) {
    return switch (bytes[at]) {
      case '"' -> afterString(bytes, at + 1, end);
      case 't' -> afterLiteral(bytes, at, end, TRUE);
      case 'f' -> afterLiteral(bytes, at, end, FALSE);
      case 'n' -> afterLiteral(bytes, at, end, NULL);
      default -> afterNumber(bytes, at, end);
    };
  }

  private static int afterLiteral(byte[] bytes, int at, int end, byte[] literal) {
    int after = at + literal.length;
    boolean equal = after <= end && Arrays.equals(bytes, at, after, literal, 0, literal.length);
    return equal ? after : -1;
  }

  private static int afterString(byte[] bytes, int from, int end) {
    int at = from;
    while (true) {
      at = Bytes.firstSpecial(bytes, at, end);
      if (at == end) {
        return -1;
      }
      byte special = bytes[at];
      if (special == '"') {
        return at + 1;
      }
      if (special < 0) {
        at = Utf8.afterMultiByte(bytes, at, end);
      } else if (special == '\\') {
        at = afterEscape(bytes, at + 1, end);
      } else {
        return -1;
      }
      if (at < 0) {
        return -1;
      }
    }
  }

  private static int afterEscape(byte[] bytes, int at, int end) {
    if (at == end) {
      return -1;
    }
    switch (bytes[at]) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
        return at + 1;
      }
      case 'u' -> {
        if (at + 5 > end) {
          return -1;
        }
        for (int digit = at + 1; digit < at + 5; digit++) {
          if (Character.digit(bytes[digit], 16) < 0) {
            return -1;
          }
        }
        return at + 5;
      }
      default -> {
        return -1;
      }
    }
  }

  private static int afterNumber(byte[] bytes, int from, int end) {
    int at = bytes[from] == '-' ? from + 1 : from;
    if (at == end || !isDigit(bytes[at])) {
      return -1;
    }
    at = bytes[at] == '0' ? at + 1 : afterDigits(bytes, at, end);
    if (at < end && bytes[at] == '.') {
      int fraction = at + 1;
      at = afterDigits(bytes, fraction, end);
      if (at == fraction) {
        return -1;
      }
    }
    if (at < end && (bytes[at] == 'e' || bytes[at] == 'E')) {
      int exponent = at + 1;
      if (exponent < end && (bytes[exponent] == '+' || bytes[exponent] == '-')) {
        exponent++;
      }
      at = afterDigits(bytes, exponent, end);
      if (at == exponent) {
        return -1;
      }
    }
    return at - from <= MAX_NUMBER_LENGTH ? at : -1;
  }

  private static int afterDigits(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && isDigit(bytes[at])) {
      at++;
    }
    return at;
  }

  private static boolean isDigit(byte character) {
    return character >= '0' && character <= '9';
  }
}
