package dev.tributary.transforms.basic;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tributary.transforms.TransformContext;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.spark.sql.api.java.UDF1;

/** Hashes texts with a key that is resolved on the executor. */
final class KeyedHash implements UDF1<String, String> {
  private static final long serialVersionUID = 1L;

  static final String HMAC_SHA256 = "hmac-sha256";
  static final String SHA256 = "sha256";
  static final List<String> ALGORITHMS = List.of(HMAC_SHA256, SHA256);

  private final TransformContext context;
  private transient byte[] key;

  KeyedHash(TransformContext context) {
    this.context = context;
  }

  @Override
  public String call(String text) throws GeneralSecurityException {
    if (text == null) {
      return null;
    }
    if (key == null) {
      key = key();
    }
    return HexFormat.of().formatHex(hash(text.getBytes(UTF_8)));
  }

  private byte[] hash(byte[] text) throws GeneralSecurityException {
    if (context.required(HashTransform.ALGORITHM).equals(SHA256)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(key);
      return digest.digest(text);
    }
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text);
  }

  private byte[] key() {
    String secret = context.secret(HashTransform.KEY);
    if (secret.isEmpty()) {
      throw new IllegalArgumentException(
          "The secret that the option key refers to is empty. Put a long random text there.");
    }
    return secret.getBytes(UTF_8);
  }
}
