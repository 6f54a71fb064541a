package dev.tributary.transforms.basic;

import dev.tributary.transforms.TransformContext;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import org.apache.spark.sql.api.java.UDF1;

/**
 * From base64 of an envelope to its text; null for what cannot be decrypted. A named class, and its
 * keys are resolved on the executor, so that they are in no plan.
 */
final class DecryptText implements UDF1<String, String> {
  private static final long serialVersionUID = 1L;

  private final TransformContext context;
  private final String option;
  private transient Envelope envelope;

  DecryptText(TransformContext context, String option) {
    this.context = context;
    this.option = option;
  }

  @Override
  public String call(String sealed) {
    if (sealed == null) {
      return null;
    }
    // A key that is no key is an error of the dataset, not of its values.
    Envelope keys = envelope();
    try {
      return new String(keys.open(Base64.getDecoder().decode(sealed)), StandardCharsets.UTF_8);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // What is wrong with a value is said without it: the step marks the row.
      return null;
    }
  }

  private Envelope envelope() {
    if (envelope == null) {
      envelope = Envelope.ofKeys(context.secret(option));
    }
    return envelope;
  }
}
