package dev.tributary.archive.file;

import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.spec.Compression;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes the segments of one data file. A segment ends where the partition changes or its lines
 * reach a bound, so that a reader needs little memory. Records of a partition come in the order of
 * their offsets. Holds no native resource between calls: a writer can simply be dropped, the stream
 * is the caller's until {@link #finish}. Not thread-safe.
 */
public final class FileWriter {
  /** A writer of one topic's records to {@code out}. */
  public FileWriter(OutputStream out, String topic, Compression compression) {}

  /**
   * Begins a record; its key, headers and value go to the encoder that this returns, then {@link
   * #end}. The encoder's own begin, end and clear are not the caller's.
   */
  public LineEncoder begin(
      int incarnation, int partition, long offset, long timestamp, TimestampType type)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Ends the record that was begun. */
  public void end() throws IOException {
    throw new UnsupportedOperationException();
  }

  /** How many records were written. */
  public long records() {
    throw new UnsupportedOperationException();
  }

  /** Stored bytes of the segments so far, plus the lines of the open one before compression. */
  public long bytes() {
    throw new UnsupportedOperationException();
  }

  /**
   * Ends the last segment and closes the stream, which makes the file appear.
   *
   * @param path of the file, relative to the topic folder
   */
  public ArchiveFile finish(String path) throws IOException {
    throw new UnsupportedOperationException();
  }
}
