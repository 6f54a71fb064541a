package dev.tributary.transforms.basic;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.xerial.snappy.Snappy;

/**
 * Unpacks what is packed by Snappy. Its frames are read here, since the library's readers believe
 * the lengths that a value claims.
 */
final class SnappyValues {
  /** The frames of snappy-java's SnappyOutputStream, which Kafka uses too. */
  private static final byte[] XERIAL = {(byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};

  /** The stream identifier of Snappy's framing format. */
  private static final byte[] FRAMED = {(byte) 0xff, 6, 0, 0, 's', 'N', 'a', 'P', 'p', 'Y'};

  private static final int XERIAL_HEADER = 16;
  private static final int CHUNK_HEADER = 4;
  private static final int CHECKSUM = 4;
  private static final int PACKED = 0;
  private static final int PLAIN = 1;
  private static final int FIRST_SKIPPED = 0x80;

  private SnappyValues() {}

  static boolean marks(byte[] packed) {
    return Codec.startsWith(packed, XERIAL) || Codec.startsWith(packed, FRAMED);
  }

  static byte[] unpack(byte[] packed, int maxBytes) throws IOException {
    if (Codec.startsWith(packed, XERIAL)) {
      return xerial(packed, maxBytes);
    }
    if (Codec.startsWith(packed, FRAMED)) {
      return framed(packed, maxBytes);
    }
    return block(packed, 0, packed.length, maxBytes, maxBytes);
  }

  private static byte[] xerial(byte[] packed, int maxBytes) throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    within(packed, 0, XERIAL_HEADER);
    int at = XERIAL_HEADER;
    while (at < packed.length) {
      int length = integer(packed, at, ByteOrder.BIG_ENDIAN);
      at += Integer.BYTES;
      within(packed, at, length);
      plain.writeBytes(block(packed, at, length, maxBytes - plain.size(), maxBytes));
      at += length;
    }
    return plain.toByteArray();
  }

  private static byte[] framed(byte[] packed, int maxBytes) throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    int at = 0;
    while (at < packed.length) {
      int header = integer(packed, at, ByteOrder.LITTLE_ENDIAN);
      int type = header & 0xff;
      int length = header >>> 8;
      at += CHUNK_HEADER;
      within(packed, at, length);
      if (type == PACKED || type == PLAIN) {
        within(packed, at, CHECKSUM);
        int from = at + CHECKSUM;
        int bytes = length - CHECKSUM;
        within(packed, from, bytes);
        int rest = maxBytes - plain.size();
        if (type == PLAIN && bytes > rest) {
          throw Codec.tooLong(maxBytes);
        }
        byte[] chunk =
            type == PACKED
                ? block(packed, from, bytes, rest, maxBytes)
                : Arrays.copyOfRange(packed, from, from + bytes);
        if (checksum(chunk) != integer(packed, at, ByteOrder.LITTLE_ENDIAN)) {
          throw new IOException("the value is broken: a checksum differs");
        }
        plain.writeBytes(chunk);
      } else if (type < FIRST_SKIPPED) {
        throw new IOException("the value holds a kind of chunk that is not known");
      }
      at += length;
    }
    return plain.toByteArray();
  }

  private static byte[] block(byte[] packed, int from, int length, int rest, int maxBytes)
      throws IOException {
    int becomes = Snappy.uncompressedLength(packed, from, length);
    if (becomes < 0 || becomes > rest) {
      throw Codec.tooLong(maxBytes);
    }
    byte[] plain = new byte[becomes];
    Snappy.uncompress(packed, from, length, plain, 0);
    return plain;
  }

  /** As the framing format masks it. */
  private static int checksum(byte[] chunk) {
    CRC32C crc = new CRC32C();
    crc.update(chunk, 0, chunk.length);
    int value = (int) crc.getValue();
    return (value >>> 15 | value << 17) + 0xa282ead8;
  }

  private static int integer(byte[] packed, int at, ByteOrder order) throws IOException {
    within(packed, at, Integer.BYTES);
    return ByteBuffer.wrap(packed, at, Integer.BYTES).order(order).getInt();
  }

  private static void within(byte[] packed, int at, int length) throws IOException {
    if (length < 0 || length > packed.length - at) {
      throw new IOException("the value is broken: it ends too early");
    }
  }
}
