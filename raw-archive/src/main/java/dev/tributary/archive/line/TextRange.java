package dev.tributary.archive.line;

import java.util.Arrays;
import java.util.Base64;

/** Where the text or the base64 of some bytes stands in a line, or that there is none. */
final class TextRange {
  private boolean present;
  private boolean base64;
  private int start;
  private int end;

  void clear() {
    present = false;
  }

  void setText(int newStart, int newEnd) {
    set(newStart, newEnd, false);
  }

  void setBase64(int newStart, int newEnd) {
    set(newStart, newEnd, true);
  }

  private void set(int newStart, int newEnd, boolean isBase64) {
    present = true;
    start = newStart;
    end = newEnd;
    base64 = isBase64;
  }

  boolean present() {
    return present;
  }

  boolean base64() {
    return base64;
  }

  byte[] bytes(byte[] line) {
    if (base64) {
      return Base64.getDecoder().decode(Arrays.copyOfRange(line, start, end));
    }
    return Unescape.isPlain(line, start, end)
        ? Arrays.copyOfRange(line, start, end)
        : Unescape.unescape(line, start, end);
  }
}
