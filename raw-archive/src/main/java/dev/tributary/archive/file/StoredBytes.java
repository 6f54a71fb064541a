package dev.tributary.archive.file;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32;
import org.apache.hadoop.fs.Abortable;

/** Counts and checksums what goes into a file. */
final class StoredBytes extends OutputStream {
  private OutputStream out;
  private final CRC32 crc = new CRC32();
  private long position;

  StoredBytes(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int start, int length) throws IOException {
    out.write(bytes, start, length);
    crc.update(bytes, start, length);
    position += length;
  }

  @Override
  public void close() throws IOException {
    out.close();
    out = OutputStream.nullOutputStream();
  }

  /** Lets everything vanish that was written or is still to come, unless it is closed. */
  void discard() {
    OutputStream abandoned = out;
    out = OutputStream.nullOutputStream();
    if (abandoned instanceof Abortable abortable) {
      abortable.abort();
    }
  }

  long position() {
    return position;
  }

  /** The checksum of everything since the last call. */
  String takeCrc() {
    String hex = Checksums.hex(crc.getValue());
    crc.reset();
    return hex;
  }
}
