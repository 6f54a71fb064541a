package dev.tributary.archive.decode;

import dev.tributary.archive.json.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.spark.unsafe.types.UTF8String;

/** The text of a JSON string. */
final class JsonText {
  private JsonText() {}

  /**
   * The text that the cursor has just read as a value of Spark, which stands where it stood if it
   * has no escapes; {@link JsonCursor#FAILED} where it has half of a surrogate pair, which UTF-8
   * cannot hold.
   */
  static Object read(JsonCursor cursor) {
    int start = cursor.textStart();
    int length = cursor.textEnd() - start;
    if (!cursor.escaped()) {
      return UTF8String.fromBytes(cursor.bytes(), start, length);
    }
    byte[] text = new byte[length];
    int unescaped = unescape(cursor.bytes(), start, cursor.textEnd(), text);
    return unescaped < 0 ? JsonCursor.FAILED : UTF8String.fromBytes(text, 0, unescaped);
  }

  /** Takes back the escapes; the length of the text, -1 where it has half of a surrogate pair. */
  static int unescape(byte[] bytes, int start, int end, byte[] text) {
    int length = 0;
    int run = start;
    while (true) {
      int at = Bytes.firstQuoteOrBackslash(bytes, run, end);
      System.arraycopy(bytes, run, text, length, at - run);
      length += at - run;
      if (at >= end) {
        return length;
      }
      byte letter = bytes[at + 1];
      run = at + 2;
      if (letter != 'u') {
        text[length++] = plain(letter);
        continue;
      }
      int codePoint = unit(bytes, run);
      run += 4;
      if (Character.isHighSurrogate((char) codePoint)
          && run + 6 <= end
          && bytes[run] == '\\'
          && bytes[run + 1] == 'u') {
        int low = unit(bytes, run + 2);
        if (Character.isLowSurrogate((char) low)) {
          codePoint = Character.toCodePoint((char) codePoint, (char) low);
          run += 6;
        }
      }
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        return -1;
      }
      byte[] utf8 = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
      System.arraycopy(utf8, 0, text, length, utf8.length);
      length += utf8.length;
    }
  }

  private static byte plain(byte letter) {
    return switch (letter) {
      case 'b' -> '\b';
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'f' -> '\f';
      case 'r' -> '\r';
      default -> letter;
    };
  }

  private static int unit(byte[] bytes, int at) {
    int unit = 0;
    for (int digit = at; digit < at + 4; digit++) {
      unit = unit << 4 | Character.digit(bytes[digit], 16);
    }
    return unit;
  }

  /** The start of some bytes for a message. */
  static String excerpt(byte[] bytes, int start, int end) {
    int most = 100;
    if (end - start <= most) {
      return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }
    int cut = start + most;
    while (cut > start && (bytes[cut] & 0xc0) == 0x80) {
      cut--;
    }
    return new String(Arrays.copyOfRange(bytes, start, cut), StandardCharsets.UTF_8) + "…";
  }
}
