package dev.tributary.archive.line;

/**
 * Appends records as lines to a growing buffer. A record is {@link #begin}, then in this order
 * {@link #key} where it has one, {@link #header} for each header, {@link #value} where it has one,
 * then {@link #end}. Allocates nothing a record. Not thread-safe.
 */
public final class LineEncoder {
  /** An encoder for the records of one topic. */
  public LineEncoder(String topic) {}

  /** Begins a line; {@code timestamp} in epoch milliseconds, -1 for none. */
  public void begin(int partition, long offset, long timestamp, TimestampType type) {
    throw new UnsupportedOperationException();
  }

  /** The record's key; not called where it has none. */
  public void key(byte[] bytes, int start, int length) {
    throw new UnsupportedOperationException();
  }

  /** As {@link #key(byte[], int, int)}. */
  public void key(byte[] bytes) {
    key(bytes, 0, bytes.length);
  }

  /** A header in its turn; the name is UTF-8. */
  public void header(byte[] name, byte[] value) {
    throw new UnsupportedOperationException();
  }

  /** A header in its turn that has no value (null, which differs from an empty one). */
  public void headerWithoutValue(byte[] name) {
    throw new UnsupportedOperationException();
  }

  /** The record's value; not called for a tombstone. */
  public void value(byte[] bytes, int start, int length) {
    throw new UnsupportedOperationException();
  }

  /** As {@link #value(byte[], int, int)}. */
  public void value(byte[] bytes) {
    value(bytes, 0, bytes.length);
  }

  /** Ends the line with its LF. */
  public void end() {
    throw new UnsupportedOperationException();
  }

  /** The buffer: the lines are its first {@link #length} bytes; valid until the next call. */
  public byte[] buffer() {
    throw new UnsupportedOperationException();
  }

  /** The number of bytes of the lines so far. */
  public int length() {
    throw new UnsupportedOperationException();
  }

  /** Empties the buffer, and forgets a line that was begun. */
  public void clear() {
    throw new UnsupportedOperationException();
  }
}
