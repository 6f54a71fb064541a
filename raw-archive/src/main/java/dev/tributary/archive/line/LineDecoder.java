package dev.tributary.archive.line;

/** Reads lines back into records, refusing what the format does not allow. Not thread-safe. */
public final class LineDecoder {
  /** A decoder for the lines of one topic. */
  public LineDecoder(String topic) {}

  /**
   * The record of the line at {@code start} (inclusive) to {@code end} (exclusive, without its LF).
   * The view is the decoder's own and is valid until the next call and as long as {@code buffer} is
   * not changed.
   *
   * @throws dev.tributary.core.error.TributaryException ARCHIVE_CHECKSUM with the position, for a
   *     line that this format does not allow
   */
  public LineView decode(byte[] buffer, int start, int end) {
    throw new UnsupportedOperationException();
  }
}
