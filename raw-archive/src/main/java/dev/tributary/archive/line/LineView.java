package dev.tributary.archive.line;

import java.util.Arrays;
import java.util.Base64;

/**
 * The record of a line, read where it stands. Valid until its decoder or reader moves on; what it
 * returns as a new array is the caller's. Not thread-safe.
 */
public final class LineView {
  /** How the value stands in the line. */
  public enum ValueKind {
    /** There is none: a tombstone. */
    NONE,
    /** Strictly valid JSON, verbatim. */
    JSON,
    /** Other valid UTF-8. */
    TEXT,
    /** Bytes that are not UTF-8. */
    BINARY
  }

  private static final int[] NO_BREAKS = {};

  private byte[] buffer = {};
  private int partition;
  private long offset;
  private long timestamp;
  private TimestampType timestampType = TimestampType.NONE;
  private final TextRange key = new TextRange();
  private final HeaderRanges headers = new HeaderRanges();
  private ValueKind valueKind = ValueKind.NONE;
  private int start;
  private int end;
  private int[] breaks = NO_BREAKS;
  private int breakCount;
  private boolean ready;
  private byte[] valueArray = {};

  LineView() {}

  void reset(byte[] line) {
    buffer = line;
    key.clear();
    headers.clear();
    valueKind = ValueKind.NONE;
    breakCount = 0;
    ready = false;
  }

  void coordinates(int newPartition, long newOffset, long newTimestamp, TimestampType type) {
    partition = newPartition;
    offset = newOffset;
    timestamp = newTimestamp;
    timestampType = type;
  }

  TextRange keyRange() {
    return key;
  }

  HeaderRanges headers() {
    return headers;
  }

  void value(ValueKind kind, int newStart, int newEnd) {
    valueKind = kind;
    start = newStart;
    end = newEnd;
  }

  void addBreak(int position) {
    if (breakCount == breaks.length) {
      breaks = Arrays.copyOf(breaks, Math.max(16, 2 * breakCount));
    }
    breaks[breakCount++] = position;
  }

  /** The partition. */
  public int partition() {
    return partition;
  }

  /** The offset. */
  public long offset() {
    return offset;
  }

  /** Epoch milliseconds; -1 for none. */
  public long timestamp() {
    return timestamp;
  }

  /** What the timestamp means. */
  public TimestampType timestampType() {
    return timestampType;
  }

  /** Whether the record has a key. */
  public boolean hasKey() {
    return key.present();
  }

  /** Whether the key is valid UTF-8; false where there is none. */
  public boolean keyIsText() {
    return key.present() && !key.base64();
  }

  /** The key's bytes, a new array; only where {@link #hasKey}. */
  public byte[] key() {
    if (!key.present()) {
      throw new IllegalStateException("The record has no key: ask hasKey() first.");
    }
    return key.bytes(buffer);
  }

  /** The number of headers. */
  public int headerCount() {
    return headers.count();
  }

  /** The UTF-8 name of a header, a new array. */
  public byte[] headerName(int index) {
    return headers.name(index).bytes(buffer);
  }

  /** Whether a header has a value. */
  public boolean headerHasValue(int index) {
    return headers.value(index).present();
  }

  /** The bytes of a header's value, a new array; only where {@link #headerHasValue}. */
  public byte[] headerValue(int index) {
    if (!headerHasValue(index)) {
      throw new IllegalStateException("The header has no value: ask headerHasValue() first.");
    }
    return headers.value(index).bytes(buffer);
  }

  /** How the value stands in the line. */
  public ValueKind valueKind() {
    return valueKind;
  }

  /** Whether the record has no value. */
  public boolean isTombstone() {
    return valueKind == ValueKind.NONE;
  }

  /**
   * The array in which the value's original bytes stand from {@link #valueStart} on; not to be
   * changed or kept. Only where the record is no tombstone.
   */
  public byte[] valueArray() {
    makeReady();
    return valueArray;
  }

  /** See {@link #valueArray}. */
  public int valueStart() {
    makeReady();
    return start;
  }

  /** The length of the value in bytes. */
  public int valueLength() {
    makeReady();
    return end - start;
  }

  /** The value's bytes, a new array; only where the record is no tombstone. */
  public byte[] value() {
    makeReady();
    return Arrays.copyOfRange(valueArray, start, end);
  }

  /** Puts the original bytes together, which mostly means to leave them where they are. */
  private void makeReady() {
    if (ready) {
      return;
    }
    switch (valueKind) {
      case NONE ->
          throw new IllegalStateException(
              "The record is a tombstone and has no value: ask isTombstone() first.");
      case JSON -> {
        if (breakCount == 0) {
          valueArray = buffer;
        } else {
          restoreBreaks();
        }
      }
      case TEXT -> {
        if (Unescape.isPlain(buffer, start, end)) {
          valueArray = buffer;
        } else {
          own(Unescape.unescape(buffer, start, end));
        }
      }
      case BINARY -> own(Base64.getDecoder().decode(Arrays.copyOfRange(buffer, start, end)));
    }
    ready = true;
  }

  private void restoreBreaks() {
    byte[] original = Arrays.copyOfRange(buffer, start, end);
    for (int index = 0; index < breakCount; index++) {
      int position = breaks[index];
      if (position >= 0) {
        original[position] = '\n';
      } else {
        original[~position] = '\r';
      }
    }
    own(original);
  }

  private void own(byte[] original) {
    valueArray = original;
    start = 0;
    end = original.length;
  }
}
