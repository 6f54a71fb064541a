package dev.tributary.archive.file;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Compression;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * Makes one file out of segments of others. Stored bytes are copied as they are, after they were
 * checked; only a segment that loses records is compressed again, and its other lines stay what
 * they are by the byte. {@link #close} without {@link #finish} aborts a stream that is a Hadoop
 * {@code Abortable}. Not thread-safe.
 */
public final class FileRewriter implements Closeable {
  private final StoredBytes stored;
  private final String topic;
  private final Compression compression;

  /** A file of one topic and compression, to {@code out}. */
  public FileRewriter(OutputStream out, String topic, Compression compression) {
    this.stored = new StoredBytes(out);
    this.topic = topic;
    this.compression = compression;
  }

  /**
   * Copies a segment.
   *
   * @param from the file that it lies in
   * @param bytes hold its stored bytes from {@code at} on
   * @return the segment as it lies here
   * @throws TributaryException ARCHIVE_CHECKSUM where the bytes are not what the manifest says
   */
  public Segment copy(ArchiveFile from, Segment segment, byte[] bytes, int at) throws IOException {
    byte[] own = own(from, segment, bytes, at);
    SegmentReader.requireChecked(from, segment, own);
    long start = stored.position();
    stored.write(own, 0, own.length);
    stored.takeCrc();
    return new Segment(
        segment.incarnation(),
        segment.partition(),
        segment.first(),
        segment.last(),
        segment.records(),
        start,
        segment.length(),
        segment.decodedLength(),
        segment.crc32(),
        segment.minTimestamp(),
        segment.maxTimestamp());
  }

  /**
   * As {@link #copy}, without some of its records.
   *
   * @param dropped whether a record is left out, by its offset; asked once a record
   * @return empty where no record is left
   */
  public Optional<Segment> without(
      ArchiveFile from, Segment segment, byte[] bytes, int at, LongPredicate dropped)
      throws IOException {
    SegmentReader lines = SegmentReader.open(topic, from, segment, own(from, segment, bytes, at));
    OpenSegment open = OpenSegment.NONE;
    try {
      while (lines.next()) {
        if (dropped.test(lines.line().offset())) {
          continue;
        }
        if (open == OpenSegment.NONE) {
          open = new OpenSegment(segment.incarnation(), segment.partition(), compression, stored);
        }
        open.add(lines.line().offset(), lines.line().timestamp());
        byte[] line = lines.storedLine();
        open.write(line, line.length);
      }
      return open == OpenSegment.NONE ? Optional.empty() : Optional.of(open.finish());
    } catch (IOException | RuntimeException e) {
      stored.discard();
      open.release();
      throw e;
    }
  }

  private byte[] own(ArchiveFile from, Segment segment, byte[] bytes, int at) {
    if (from.compression() != compression) {
      throw new TributaryException(
          ErrorCode.INTERNAL_ERROR,
          "A segment of %s is compressed with %s and goes to a file with %s. Report this."
              .formatted(from.path(), from.compression(), compression));
    }
    int end = Math.toIntExact(Math.min(bytes.length, at + segment.length()));
    return Arrays.copyOfRange(bytes, Math.min(at, bytes.length), end);
  }

  /** The bytes so far. */
  public long bytes() {
    return stored.position();
  }

  /** Closes the stream, which makes the file appear. */
  public void finish() throws IOException {
    stored.close();
  }

  @Override
  public void close() {
    stored.discard();
  }
}
