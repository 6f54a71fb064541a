package dev.tributary.archive.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks for bytes eight at a time. Every method takes start inclusive and end exclusive. */
public final class Bytes {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long SPACES = ' ' * ONES;
  private static final long QUOTES = '"' * ONES;
  private static final long BACKSLASHES = '\\' * ONES;
  private static final long LINE_FEEDS = '\n' * ONES;

  private Bytes() {}

  /**
   * The first byte that is not plain inside a JSON string: a quote, a backslash, a control
   * character or the start of a multi-byte character; {@code end} if there is none.
   */
  public static int firstSpecial(byte[] bytes, int start, int end) {
    int at = start;
    while (at + 8 <= end) {
      long word = (long) LONGS.get(bytes, at);
      // A byte's high bit is set where it is at least 0x80, or the subtraction borrows. A borrow
      // reaches only bytes after one that is already marked, so the lowest mark is exact.
      long marks =
          (word | (word - SPACES) | ((word ^ QUOTES) - ONES) | ((word ^ BACKSLASHES) - ONES))
              & HIGHS;
      if (marks != 0) {
        return at + (Long.numberOfTrailingZeros(marks) >>> 3);
      }
      at += 8;
    }
    while (at < end && bytes[at] >= ' ' && bytes[at] != '"' && bytes[at] != '\\') {
      at++;
    }
    return at;
  }

  /** The first quote or backslash; {@code end} if there is none. */
  public static int firstQuoteOrBackslash(byte[] bytes, int start, int end) {
    int at = start;
    while (at + 8 <= end) {
      long word = (long) LONGS.get(bytes, at);
      long quote = word ^ QUOTES;
      long backslash = word ^ BACKSLASHES;
      long marks = (((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash)) & HIGHS;
      if (marks != 0) {
        return at + (Long.numberOfTrailingZeros(marks) >>> 3);
      }
      at += 8;
    }
    while (at < end && bytes[at] != '"' && bytes[at] != '\\') {
      at++;
    }
    return at;
  }

  /** The first LF; {@code end} if there is none. */
  public static int firstLineFeed(byte[] bytes, int start, int end) {
    int at = start;
    while (at + 8 <= end) {
      long word = (long) LONGS.get(bytes, at) ^ LINE_FEEDS;
      long marks = (word - ONES) & ~word & HIGHS;
      if (marks != 0) {
        return at + (Long.numberOfTrailingZeros(marks) >>> 3);
      }
      at += 8;
    }
    while (at < end && bytes[at] != '\n') {
      at++;
    }
    return at;
  }

  /** The first byte that is not ASCII; {@code end} if there is none. */
  public static int firstNonAscii(byte[] bytes, int start, int end) {
    int at = start;
    while (at + 8 <= end) {
      long marks = (long) LONGS.get(bytes, at) & HIGHS;
      if (marks != 0) {
        return at + (Long.numberOfTrailingZeros(marks) >>> 3);
      }
      at += 8;
    }
    while (at < end && bytes[at] >= 0) {
      at++;
    }
    return at;
  }
}
