package dev.tributary.archive.file;

import java.util.zip.CRC32;

/** CRC-32 (IEEE) in the notation of the manifest: 8 lower-case hex digits. */
final class Checksums {
  private Checksums() {}

  static String of(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return hex(crc.getValue());
  }

  static String hex(long crc) {
    return "%08x".formatted(crc);
  }
}
