package dev.tributary.archive.decode;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A JSON number: digits and a scale where these are short, else its text. */
final class JsonNumber {
  private static final int MOST_DIGITS = 18;

  private byte[] bytes = {};
  private int start;
  private int end;
  private boolean isShort;
  private long unscaled;
  private int scale;

  /** Reads the number that is all of these bytes; false where they are none. */
  boolean read(byte[] json, int from, int to) {
    bytes = json;
    start = from;
    end = to;
    scale = 0;
    unscaled = 0;
    isShort = to - from <= MOST_DIGITS;
    int at = from < to && json[from] == '-' ? from + 1 : from;
    int digits = at;
    at = digits(at);
    if (at == digits || json[digits] == '0' && at > digits + 1) {
      return false;
    }
    if (at < to && json[at] == '.') {
      int fraction = at + 1;
      at = digits(fraction);
      scale = at - fraction;
      if (scale == 0) {
        return false;
      }
    }
    if (json[from] == '-') {
      unscaled = -unscaled;
    }
    return at == to || exponent(at);
  }

  private boolean exponent(int from) {
    if ((bytes[from] | 0x20) != 'e') {
      return false;
    }
    isShort = false;
    int at = from + 1;
    if (at < end && (bytes[at] == '+' || bytes[at] == '-')) {
      at++;
    }
    int after = digits(at);
    return after > at && after == end;
  }

  private int digits(int from) {
    int at = from;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
      // Overflows where the number is not short, and is not used then.
      unscaled = unscaled * 10 + (bytes[at++] - '0');
    }
    return at;
  }

  /** Whether {@link #unscaled} and {@link #scale} hold all of it. */
  boolean isShort() {
    return isShort;
  }

  long unscaled() {
    return unscaled;
  }

  int scale() {
    return scale;
  }

  String text() {
    return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
  }

  /** The number without trailing zeros; empty where its exponent is beyond what Java holds. */
  Optional<BigDecimal> decimal() {
    if (isShort) {
      return Optional.of(BigDecimal.valueOf(unscaled, scale).stripTrailingZeros());
    }
    try {
      return Optional.of(new BigDecimal(text()).stripTrailingZeros());
    } catch (ArithmeticException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}
