package dev.tributary.archive.line;

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

  LineView() {}

  /** The partition. */
  public int partition() {
    throw new UnsupportedOperationException();
  }

  /** The offset. */
  public long offset() {
    throw new UnsupportedOperationException();
  }

  /** Epoch milliseconds; -1 for none. */
  public long timestamp() {
    throw new UnsupportedOperationException();
  }

  /** What the timestamp means. */
  public TimestampType timestampType() {
    throw new UnsupportedOperationException();
  }

  /** Whether the record has a key. */
  public boolean hasKey() {
    throw new UnsupportedOperationException();
  }

  /** Whether the key is valid UTF-8; false where there is none. */
  public boolean keyIsText() {
    throw new UnsupportedOperationException();
  }

  /** The key's bytes, a new array; only where {@link #hasKey}. */
  public byte[] key() {
    throw new UnsupportedOperationException();
  }

  /** The number of headers. */
  public int headerCount() {
    throw new UnsupportedOperationException();
  }

  /** The UTF-8 name of a header, a new array. */
  public byte[] headerName(int index) {
    throw new UnsupportedOperationException();
  }

  /** Whether a header has a value. */
  public boolean headerHasValue(int index) {
    throw new UnsupportedOperationException();
  }

  /** The bytes of a header's value, a new array; only where {@link #headerHasValue}. */
  public byte[] headerValue(int index) {
    throw new UnsupportedOperationException();
  }

  /** How the value stands in the line. */
  public ValueKind valueKind() {
    throw new UnsupportedOperationException();
  }

  /** Whether the record has no value. */
  public boolean isTombstone() {
    return valueKind() == ValueKind.NONE;
  }

  /**
   * The array in which the value's original bytes stand from {@link #valueStart} on; not to be
   * changed or kept. Only where the record is no tombstone.
   */
  public byte[] valueArray() {
    throw new UnsupportedOperationException();
  }

  /** See {@link #valueArray}. */
  public int valueStart() {
    throw new UnsupportedOperationException();
  }

  /** The length of the value in bytes. */
  public int valueLength() {
    throw new UnsupportedOperationException();
  }

  /** The value's bytes, a new array; only where the record is no tombstone. */
  public byte[] value() {
    throw new UnsupportedOperationException();
  }
}
