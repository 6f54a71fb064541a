package dev.tributary.archive.file;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Compression;
import java.io.IOException;
import java.io.OutputStream;

/** A segment while it is written: its lines so far and what the manifest will say of it. */
final class OpenSegment {
  /** No segment is open. */
  static final OpenSegment NONE = new OpenSegment();

  private final int incarnation;
  private final int partition;
  private final StoredBytes stored;
  private final OutputStream lines;
  private final long start;
  private long records;
  private long first;
  private long last = -1;
  private long length;
  private long minTimestamp = Long.MAX_VALUE;
  private long maxTimestamp = Long.MIN_VALUE;

  OpenSegment(int incarnation, int partition, Compression compression, StoredBytes stored)
      throws IOException {
    this.incarnation = incarnation;
    this.partition = partition;
    this.stored = stored;
    this.start = stored.position();
    this.lines = Codec.compress(compression, stored);
  }

  private OpenSegment() {
    this.incarnation = -1;
    this.partition = -1;
    this.stored = new StoredBytes(OutputStream.nullOutputStream());
    this.start = 0;
    this.lines = OutputStream.nullOutputStream();
  }

  boolean continuesWith(int otherIncarnation, int otherPartition) {
    return incarnation == otherIncarnation && partition == otherPartition;
  }

  /** The bytes of its lines that were written. */
  long length() {
    return length;
  }

  void add(long offset, long timestamp) {
    if (offset <= last) {
      throw new TributaryException(
          ErrorCode.INTERNAL_ERROR,
          "Offset %d of partition %d came after offset %d. A file takes a partition's records in the order of their offsets; sort the batch."
              .formatted(offset, partition, last));
    }
    if (records++ == 0) {
      first = offset;
    }
    last = offset;
    minTimestamp = Math.min(minTimestamp, timestamp);
    maxTimestamp = Math.max(maxTimestamp, timestamp);
  }

  void write(byte[] bytes, int count) throws IOException {
    lines.write(bytes, 0, count);
    length += count;
  }

  Segment finish() throws IOException {
    lines.close();
    return new Segment(
        incarnation,
        partition,
        first,
        last,
        records,
        start,
        stored.position() - start,
        length,
        stored.takeCrc(),
        minTimestamp,
        maxTimestamp);
  }

  /** Frees native memory. */
  void release() throws IOException {
    lines.close();
  }
}
