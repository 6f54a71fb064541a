package dev.tributary.archive.line;

import dev.tributary.archive.json.Bytes;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing byte array and the few notations that lines are made of. */
final class ByteBuilder {
  private static final int INITIAL = 1 << 16;
  private static final int RETAINED = 1 << 24;
  private static final int GREATEST = Integer.MAX_VALUE - 16;
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final byte[] BASE64 =
      ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

  private byte[] bytes = new byte[INITIAL];
  private int length;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  void truncate(int newLength) {
    length = newLength;
    if (newLength == 0 && bytes.length > RETAINED) {
      bytes = new byte[INITIAL];
    }
  }

  void append(byte value) {
    ensure(1);
    bytes[length++] = value;
  }

  void append(byte[] source) {
    append(source, 0, source.length);
  }

  void append(byte[] source, int start, int count) {
    ensure(count);
    System.arraycopy(source, start, bytes, length, count);
    length += count;
  }

  void appendNumber(long number) {
    ensure(20);
    if (number < 0) {
      if (number == Long.MIN_VALUE) {
        append(ascii(Long.toString(number)));
        return;
      }
      bytes[length++] = '-';
    }
    long rest = Math.abs(number);
    int digits = 1;
    for (long bound = 10; digits < 19 && rest >= bound; bound *= 10) {
      digits++;
    }
    length += digits;
    for (int at = length - 1; digits > 0; digits--, at--) {
      bytes[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  /** The text in JSON's notation, without the quotes around it. */
  void appendEscaped(byte[] text, int start, int count) {
    int end = start + count;
    int run = start;
    int at = Bytes.firstSpecial(text, start, end);
    while (at < end) {
      byte special = text[at];
      if (special >= 0) {
        append(text, run, at - run);
        appendEscape(special);
        run = at + 1;
      }
      at = Bytes.firstSpecial(text, at + 1, end);
    }
    append(text, run, end - run);
  }

  private void appendEscape(byte character) {
    ensure(6);
    bytes[length++] = '\\';
    byte letter =
        switch (character) {
          case '"' -> '"';
          case '\\' -> '\\';
          case '\b' -> 'b';
          case '\t' -> 't';
          case '\n' -> 'n';
          case '\f' -> 'f';
          case '\r' -> 'r';
          default -> 'u';
        };
    bytes[length++] = letter;
    if (letter == 'u') {
      bytes[length++] = '0';
      bytes[length++] = '0';
      bytes[length++] = HEX[character >> 4];
      bytes[length++] = HEX[character & 15];
    }
  }

  /** By hand, since the JDK's encoder writes to the start of an array only. */
  void appendBase64(byte[] source, int start, int count) {
    ensure(4L * ((count + 2L) / 3));
    int whole = start + count / 3 * 3;
    int at = start;
    for (; at < whole; at += 3) {
      int group =
          (source[at] & 0xff) << 16 | (source[at + 1] & 0xff) << 8 | (source[at + 2] & 0xff);
      bytes[length++] = BASE64[group >> 18];
      bytes[length++] = BASE64[group >> 12 & 63];
      bytes[length++] = BASE64[group >> 6 & 63];
      bytes[length++] = BASE64[group & 63];
    }
    int rest = start + count - at;
    if (rest == 0) {
      return;
    }
    int group = (source[at] & 0xff) << 16 | (rest == 2 ? (source[at + 1] & 0xff) << 8 : 0);
    bytes[length++] = BASE64[group >> 18];
    bytes[length++] = BASE64[group >> 12 & 63];
    bytes[length++] = rest == 2 ? BASE64[group >> 6 & 63] : (byte) '=';
    bytes[length++] = '=';
  }

  private void ensure(long more) {
    long needed = length + more;
    if (needed <= bytes.length) {
      return;
    }
    if (needed > GREATEST) {
      throw new TributaryException(
          ErrorCode.RECORD_REFUSED,
          "A record needs a line of %,d bytes; a line has at most %,d. Send such content beside the topic and its address in the record."
              .formatted(needed, GREATEST));
    }
    bytes = Arrays.copyOf(bytes, (int) Math.min(GREATEST, Math.max(needed, 2L * bytes.length)));
  }
}
