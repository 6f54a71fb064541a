package dev.tributary.archive.file;

import dev.tributary.archive.json.Bytes;
import dev.tributary.archive.line.LineDecoder;
import dev.tributary.archive.line.LineView;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The records of one segment, read from its stored bytes after these were checked: length, CRC,
 * decoded length. While it is read: partition, ascending offsets, first, last, number of records.
 * Not thread-safe.
 */
public final class SegmentReader {
  private static final long GREATEST = Integer.MAX_VALUE - 16;

  private final ArchiveFile file;
  private final Segment segment;
  private final LineDecoder decoder;
  private final byte[] lines;
  private int at;
  private int lineStart;
  private long records;
  private long lastOffset = -1;
  private LineView line;

  private SegmentReader(String topic, ArchiveFile file, Segment segment, byte[] lines) {
    this.file = file;
    this.segment = segment;
    this.decoder = new LineDecoder(topic);
    this.lines = lines;
  }

  /**
   * Checks and decompresses a segment.
   *
   * @param topic whose lines these are
   * @param file that the segment belongs to
   * @param segment one of the file's
   * @param stored exactly the bytes of the segment
   * @throws TributaryException ARCHIVE_CHECKSUM where the bytes are not what the manifest says
   */
  public static SegmentReader open(String topic, ArchiveFile file, Segment segment, byte[] stored) {
    requireChecked(file, segment, stored);
    return new SegmentReader(topic, file, segment, decompress(file, segment, stored));
  }

  /** Throws ARCHIVE_CHECKSUM where stored bytes are not a segment's by their length and CRC. */
  static void requireChecked(ArchiveFile file, Segment segment, byte[] stored) {
    if (stored.length != segment.length()) {
      throw damaged(file, segment, "it has %d bytes".formatted(stored.length));
    }
    String crc = Checksums.of(stored);
    if (!crc.equals(segment.crc32())) {
      throw damaged(file, segment, "its CRC-32 is " + crc);
    }
  }

  private static byte[] decompress(ArchiveFile file, Segment segment, byte[] stored) {
    if (segment.decodedLength() > GREATEST) {
      throw damaged(file, segment, "it is longer than a reader of format 1 can hold");
    }
    int length = (int) segment.decodedLength();
    try (InputStream decoded =
        Codec.decompress(file.compression(), new ByteArrayInputStream(stored))) {
      byte[] lines = new byte[length];
      int read = decoded.readNBytes(lines, 0, length);
      if (read != length || decoded.read() >= 0) {
        throw damaged(file, segment, "its decoded length is another");
      }
      return lines;
    } catch (IOException e) {
      throw new TributaryException(
          ErrorCode.ARCHIVE_CHECKSUM, describe(file, segment, "it cannot be decompressed"), e);
    }
  }

  /**
   * Moves to the next record; false after the last.
   *
   * @throws TributaryException ARCHIVE_CHECKSUM for a line that is not what the format and the
   *     manifest say
   */
  public boolean next() {
    if (at == lines.length) {
      if (records != segment.records() || lastOffset != segment.last()) {
        throw damaged(file, segment, "it holds %d records up to %d".formatted(records, lastOffset));
      }
      return false;
    }
    int end = Bytes.firstLineFeed(lines, at, lines.length);
    if (end == lines.length) {
      throw damaged(file, segment, "its last line has no end");
    }
    line = decode(end);
    boolean fits =
        line.partition() == segment.partition()
            && (records == 0
                ? line.offset() == segment.first()
                : line.offset() > lastOffset && line.offset() <= segment.last());
    if (!fits) {
      throw damaged(
          file,
          segment,
          "a record of partition %d with offset %d follows offset %d"
              .formatted(line.partition(), line.offset(), lastOffset));
    }
    lastOffset = line.offset();
    lineStart = at;
    records++;
    at = end + 1;
    return true;
  }

  /** The record that {@link #next} moved to; valid until it is called again. */
  public LineView line() {
    if (records == 0) {
      throw new IllegalStateException("next() has not found a record yet.");
    }
    return line;
  }

  /** The bytes of the line that {@link #next} moved to, its LF included. */
  byte[] storedLine() {
    return Arrays.copyOfRange(lines, lineStart, at);
  }

  private LineView decode(int end) {
    try {
      return decoder.decode(lines, at, end);
    } catch (TributaryException e) {
      throw new TributaryException(e.code(), describe(file, segment, e.getMessage()), e);
    }
  }

  private static TributaryException damaged(ArchiveFile file, Segment segment, String found) {
    return new TributaryException(ErrorCode.ARCHIVE_CHECKSUM, describe(file, segment, found));
  }

  private static String describe(ArchiveFile file, Segment segment, String found) {
    return "The segment at byte %d of %s is not what the manifest says (partition %d, offsets %d to %d, %d records, %d bytes, %d decoded, CRC-32 %s): %s. Restore the file from a copy."
        .formatted(
            segment.start(),
            file.path(),
            segment.partition(),
            segment.first(),
            segment.last(),
            segment.records(),
            segment.length(),
            segment.decodedLength(),
            segment.crc32(),
            found);
  }
}
