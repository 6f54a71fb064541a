package dev.tributary.transforms.basic;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-GCM with a key id, so that replay works after keys were rotated:
 *
 * <pre>
 * 1 byte   version, 1
 * 1 byte   length of the key id
 * n bytes  key id, UTF-8
 * 12 bytes nonce
 * rest     ciphertext and the 16 bytes of the tag
 * </pre>
 *
 * Everything before the nonce is authenticated too. Not thread-safe.
 */
final class Envelope {
  private static final int VERSION = 1;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;

  private final Map<String, byte[]> keys;

  private Envelope(Map<String, byte[]> keys) {
    this.keys = Map.copyOf(keys);
  }

  /**
   * Of keys as a secret holds them: {@code id=base64}, with commas or line breaks between them; a
   * lone base64 text is the key of the empty id.
   */
  static Envelope ofKeys(String secret) {
    Map<String, byte[]> keys = new HashMap<>();
    for (String part : secret.split("[,\\n]")) {
      String text = part.strip();
      if (text.isEmpty()) {
        continue;
      }
      // Base64 ends with '=', an id with the first one that something follows.
      int equal = text.indexOf('=');
      boolean named = equal > 0 && !text.substring(equal).matches("=+");
      keys.put(
          named ? text.substring(0, equal) : "", key(named ? text.substring(equal + 1) : text));
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          "The key's secret is empty. Write id=<base64 of 16, 24 or 32 bytes>.");
    }
    return new Envelope(keys);
  }

  private static byte[] key(String base64) {
    byte[] key;
    try {
      key = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      // The cause would show a part of the key.
      throw new IllegalArgumentException(
          "A key in the key's secret is no base64. Write id=<base64 of 16, 24 or 32 bytes>.");
    }
    if (key.length != 16 && key.length != 24 && key.length != 32) {
      throw new IllegalArgumentException(
          "A key in the key's secret has %d bytes. AES keys have 16, 24 or 32."
              .formatted(key.length));
    }
    return key;
  }

  /** The plain bytes. */
  byte[] open(byte[] sealed) throws GeneralSecurityException {
    if (sealed.length < 2 || sealed[0] != VERSION) {
      throw new GeneralSecurityException("not encrypted: it does not begin with version 1");
    }
    int idLength = sealed[1] & 0xff;
    int header = 2 + idLength;
    if (sealed.length < header + NONCE + TAG_BITS / 8) {
      throw new GeneralSecurityException("too short to be encrypted");
    }
    String id = new String(sealed, 2, idLength, StandardCharsets.UTF_8);
    byte[] key = keys.get(id);
    if (key == null) {
      throw new GeneralSecurityException(
          "encrypted with the key '%s', which is not given".formatted(id));
    }
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(key, "AES"),
        new GCMParameterSpec(TAG_BITS, sealed, header, NONCE));
    cipher.updateAAD(sealed, 0, header);
    return cipher.doFinal(sealed, header + NONCE, sealed.length - header - NONCE);
  }

  /** Seals bytes; the nonce must never be used twice with a key. */
  byte[] seal(String id, byte[] nonce, byte[] plain) throws GeneralSecurityException {
    byte[] name = id.getBytes(StandardCharsets.UTF_8);
    byte[] header =
        ByteBuffer.allocate(2 + name.length)
            .put((byte) VERSION)
            .put((byte) name.length)
            .put(name)
            .array();
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(keys.get(id), "AES"),
        new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(header);
    byte[] sealed = cipher.doFinal(plain);
    byte[] all = Arrays.copyOf(header, header.length + NONCE + sealed.length);
    System.arraycopy(nonce, 0, all, header.length, NONCE);
    System.arraycopy(sealed, 0, all, header.length + NONCE, sealed.length);
    return all;
  }
}
