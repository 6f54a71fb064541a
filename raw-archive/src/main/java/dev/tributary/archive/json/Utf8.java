package dev.tributary.archive.json;

/** UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
public final class Utf8 {
  private Utf8() {}

  /** Whether these bytes are valid UTF-8. */
  public static boolean isValid(byte[] bytes, int start, int length) {
    int end = start + length;
    int at = start;
    while (true) {
      at = Bytes.firstNonAscii(bytes, at, end);
      if (at == end) {
        return true;
      }
      at = afterMultiByte(bytes, at, end);
      if (at < 0) {
        return false;
      }
    }
  }

  /**
   * The position after the run of multi-byte characters that begins at {@code start}; -1 where one
   * of them is not valid.
   */
  static int afterMultiByte(byte[] bytes, int start, int end) {
    int at = start;
    while (at < end && bytes[at] < 0) {
      int lead = bytes[at] & 0xff;
      if (lead < 0xc2 || lead > 0xf4) {
        return -1;
      }
      int length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      if (at + length > end) {
        return -1;
      }
      int second = bytes[at + 1] & 0xff;
      if ((second & 0xc0) != 0x80
          || (lead == 0xe0 && second < 0xa0)
          || (lead == 0xed && second > 0x9f)
          || (lead == 0xf0 && second < 0x90)
          || (lead == 0xf4 && second > 0x8f)
          || (length > 2 && (bytes[at + 2] & 0xc0) != 0x80)
          || (length > 3 && (bytes[at + 3] & 0xc0) != 0x80)) {
        return -1;
      }
      at += length;
    }
    return at;
  }
}
