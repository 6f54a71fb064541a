package dev.tributary.archive.file;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.tributary.core.spec.Compression;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** One segment's frame, member or plain bytes as a stream. */
final class Codec {
  private static final int ZSTD_LEVEL = 1;
  private static final int BUFFER = 64 << 10;

  private Codec() {}

  /** Closing it ends the segment and leaves {@code out} open. */
  static OutputStream compress(Compression compression, OutputStream out) throws IOException {
    OutputStream segment = new Unclosed(out);
    return switch (compression) {
      case ZSTD -> new ZstdOutputStreamNoFinalizer(segment, ZSTD_LEVEL);
      case GZIP -> new FastGzip(segment);
      case NONE -> segment;
    };
  }

  static InputStream decompress(Compression compression, InputStream stored) throws IOException {
    return switch (compression) {
      case ZSTD -> new ZstdInputStreamNoFinalizer(stored);
      case GZIP -> new GZIPInputStream(stored, BUFFER);
      case NONE -> stored;
    };
  }

  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int start, int length) throws IOException {
      out.write(bytes, start, length);
    }

    @Override
    public void flush() {
      // The file is flushed when it is closed.
    }

    @Override
    public void close() {
      // The file goes on after the segment.
    }
  }

  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, BUFFER);
      // The default level is a third as fast for a tenth less; whoever wants it small takes zstd.
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
