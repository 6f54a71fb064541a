package dev.tributary.archive.file;

import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.spec.Compression;
import dev.tributary.storage.FaultPoint;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the segments of one data file. A segment ends where the partition changes or its lines
 * reach {@link #SEGMENT_BYTES}, so that a reader needs little memory. Records of a partition come
 * in the order of their offsets. {@link #close} frees native memory and, without {@link #finish},
 * aborts a stream that is a Hadoop {@code Abortable}; any other stays open, and what becomes of it
 * is the caller's affair. After an exception a writer is only good for being closed. Not
 * thread-safe.
 */
public final class FileWriter implements Closeable {
  /** A segment's lines end at the first record that reaches this. */
  public static final int SEGMENT_BYTES = 8 << 20;

  /** Lines go to the compressor in pieces that are still in the processor's cache. */
  private static final int PIECE = 128 << 10;

  private final StoredBytes stored;
  private final Compression compression;
  private final LineEncoder lines;
  private final List<Segment> segments = new ArrayList<>();
  private OpenSegment open = OpenSegment.NONE;
  private long records;
  private long writtenLines;

  /** A writer of one topic's records to {@code out}. */
  public FileWriter(OutputStream out, String topic, Compression compression) {
    this.stored = new StoredBytes(out);
    this.compression = compression;
    this.lines = new LineEncoder(topic);
  }

  /**
   * Begins a record; its key, headers and value go to the encoder that this returns, then {@link
   * #end}. The encoder's own begin, end and clear are not the caller's.
   */
  public LineEncoder begin(
      int incarnation, int partition, long offset, long timestamp, TimestampType type)
      throws IOException {
    if (!open.continuesWith(incarnation, partition) || open.length() >= SEGMENT_BYTES) {
      endSegment();
      open = new OpenSegment(incarnation, partition, compression, stored);
    }
    open.add(offset, timestamp);
    lines.begin(partition, offset, timestamp, type);
    return lines;
  }

  /** Ends the record that was begun. */
  public void end() throws IOException {
    lines.end();
    records++;
    if (lines.length() >= PIECE) {
      writePiece();
    }
  }

  /** How many records were written. */
  public long records() {
    return records;
  }

  /** The bytes of all lines, before compression. */
  public long lineBytes() {
    return writtenLines + lines.length();
  }

  /** The bytes stored so far, plus lines that no compressor has seen yet. */
  public long bytes() {
    return stored.position() + lines.length();
  }

  /**
   * Ends the last segment and closes the stream, which makes the file appear.
   *
   * @param path of the file, relative to the topic folder
   */
  public ArchiveFile finish(String path) throws IOException {
    endSegment();
    stored.close();
    return new ArchiveFile(path, compression, stored.position(), segments);
  }

  /** Frees native memory; a file that was not finished never appears. */
  @Override
  public void close() throws IOException {
    // What the compressor still writes when it is closed is nobody's.
    stored.discard();
    open.release();
  }

  private void endSegment() throws IOException {
    if (open == OpenSegment.NONE) {
      return;
    }
    writePiece();
    segments.add(open.finish());
    open = OpenSegment.NONE;
    FaultPoint.reach("archive.file.middle");
  }

  private void writePiece() throws IOException {
    open.write(lines.buffer(), lines.length());
    writtenLines += lines.length();
    lines.clear();
  }
}
