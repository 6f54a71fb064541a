package dev.tributary.archive.line;

import dev.tributary.archive.json.Bytes;
import java.util.Arrays;

/** Takes back the escapes that {@link ByteBuilder#appendEscaped} wrote, and no others. */
final class Unescape {
  private Unescape() {}

  static boolean isPlain(byte[] bytes, int start, int end) {
    return Bytes.firstQuoteOrBackslash(bytes, start, end) == end;
  }

  static byte[] unescape(byte[] bytes, int start, int end) {
    byte[] text = new byte[end - start];
    int length = 0;
    int run = start;
    while (true) {
      int at = Bytes.firstQuoteOrBackslash(bytes, run, end);
      System.arraycopy(bytes, run, text, length, at - run);
      length += at - run;
      if (at == end) {
        return Arrays.copyOf(text, length);
      }
      if (bytes[at] == '"' || at + 1 == end) {
        throw MalformedLine.at(at, "an escape");
      }
      byte letter = bytes[at + 1];
      run = at + 2;
      if (letter == 'u') {
        run = at + 6;
        text[length++] = control(bytes, at, end);
      } else {
        text[length++] = plain(letter, at);
      }
    }
  }

  private static byte plain(byte letter, int at) {
    return switch (letter) {
      case '"', '\\' -> letter;
      case 'b' -> '\b';
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'f' -> '\f';
      case 'r' -> '\r';
      default -> throw MalformedLine.at(at, "one of the escapes \\\" \\\\ \\b \\t \\n \\f \\r \\u");
    };
  }

  private static byte control(byte[] bytes, int at, int end) {
    if (at + 6 <= end && bytes[at + 2] == '0' && bytes[at + 3] == '0') {
      int high = Character.digit(bytes[at + 4], 16);
      int low = Character.digit(bytes[at + 5], 16);
      if ((high == 0 || high == 1) && low >= 0) {
        return (byte) (high << 4 | low);
      }
    }
    throw MalformedLine.at(at, "an escape of a control character");
  }
}
