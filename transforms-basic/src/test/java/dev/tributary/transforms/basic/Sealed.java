package dev.tributary.transforms.basic;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Base64;

/** Encrypted values for tests. */
final class Sealed {
  private Sealed() {}

  static String text(String id, String key, String plain) {
    return Base64.getEncoder().encodeToString(bytes(id, key, plain));
  }

  static byte[] bytes(String id, String key, String plain) {
    try {
      return Envelope.ofKeys(id + "=" + key).seal(id, new byte[12], plain.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
