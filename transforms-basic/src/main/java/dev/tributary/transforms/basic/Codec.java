package dev.tributary.transforms.basic;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import net.jpountz.lz4.LZ4BlockInputStream;
import net.jpountz.lz4.LZ4FrameInputStream;

/** Ways in which values are packed; each unpacks within a bound. The libraries are Spark's. */
enum Codec {
  GZIP(0x1f, 0x8b) {
    @Override
    byte[] unpack(byte[] packed, int maxBytes) throws IOException {
      return read(new GZIPInputStream(new ByteArrayInputStream(packed)), maxBytes);
    }
  },
  ZSTD(0x28, 0xb5, 0x2f, 0xfd) {
    @Override
    byte[] unpack(byte[] packed, int maxBytes) throws IOException {
      return read(new ZstdInputStream(new ByteArrayInputStream(packed)), maxBytes);
    }
  },
  LZ4(0x04, 0x22, 0x4d, 0x18) {
    @Override
    byte[] unpack(byte[] packed, int maxBytes) throws IOException {
      InputStream in = new ByteArrayInputStream(packed);
      return read(
          startsWith(packed, LZ4_BLOCK)
              ? LZ4BlockInputStream.newBuilder().build(in)
              : new LZ4FrameInputStream(in),
          maxBytes);
    }

    @Override
    boolean marks(byte[] packed) {
      return super.marks(packed) || startsWith(packed, LZ4_BLOCK);
    }
  },
  SNAPPY {
    @Override
    byte[] unpack(byte[] packed, int maxBytes) throws IOException {
      return SnappyValues.unpack(packed, maxBytes);
    }

    @Override
    boolean marks(byte[] packed) {
      return SnappyValues.marks(packed);
    }
  },
  AUTO {
    @Override
    byte[] unpack(byte[] packed, int maxBytes) throws IOException {
      for (Codec codec : new Codec[] {GZIP, ZSTD, LZ4, SNAPPY}) {
        if (codec.marks(packed)) {
          return codec.unpack(packed, maxBytes);
        }
      }
      return packed;
    }
  };

  private static final byte[] LZ4_BLOCK = {'L', 'Z', '4', 'B', 'l', 'o', 'c', 'k'};

  private final byte[] magic;

  Codec(int... magic) {
    this.magic = new byte[magic.length];
    for (int i = 0; i < magic.length; i++) {
      this.magic[i] = (byte) magic[i];
    }
  }

  /**
   * The plain bytes.
   *
   * @throws IOException if the value is broken or becomes longer than {@code maxBytes}
   */
  abstract byte[] unpack(byte[] packed, int maxBytes) throws IOException;

  /** Whether the first bytes say that a value is packed so. */
  boolean marks(byte[] packed) {
    return magic.length > 0 && startsWith(packed, magic);
  }

  static boolean startsWith(byte[] packed, byte[] magic) {
    return packed.length >= magic.length
        && Arrays.equals(packed, 0, magic.length, magic, 0, magic.length);
  }

  static IOException tooLong(int maxBytes) {
    return new IOException(
        "the value becomes longer than %d bytes; raise max-bytes to take it".formatted(maxBytes));
  }

  private static byte[] read(InputStream in, int maxBytes) throws IOException {
    try (in) {
      byte[] plain = in.readNBytes(maxBytes + 1);
      if (plain.length > maxBytes) {
        throw tooLong(maxBytes);
      }
      return plain;
    } catch (RuntimeException e) {
      throw new IOException("the value is broken: " + e.getMessage(), e);
    }
  }
}
