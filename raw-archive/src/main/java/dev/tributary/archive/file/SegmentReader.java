package dev.tributary.archive.file;

import dev.tributary.archive.line.LineView;

/**
 * The records of one segment, read from its stored bytes after these were checked: length, CRC,
 * decoded length. While it is read: partition, ascending offsets, first, last, number of records.
 * Not thread-safe.
 */
public final class SegmentReader {
  private SegmentReader() {}

  /**
   * Checks and decompresses a segment.
   *
   * @param topic whose lines these are
   * @param file that the segment belongs to
   * @param segment one of the file's
   * @param stored exactly the bytes of the segment
   * @throws dev.tributary.core.error.TributaryException ARCHIVE_CHECKSUM where the bytes are not
   *     what the manifest says
   */
  public static SegmentReader open(String topic, ArchiveFile file, Segment segment, byte[] stored) {
    throw new UnsupportedOperationException();
  }

  /**
   * Moves to the next record; false after the last.
   *
   * @throws dev.tributary.core.error.TributaryException ARCHIVE_CHECKSUM for a line that is not
   *     what the format and the manifest say
   */
  public boolean next() {
    throw new UnsupportedOperationException();
  }

  /** The record that {@link #next} moved to; valid until it is called again. */
  public LineView line() {
    throw new UnsupportedOperationException();
  }
}
