package dev.tributary.transforms.basic;

import dev.tributary.transforms.PayloadFunction;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import java.util.Optional;

/** Decrypts whole values (AES-GCM). One that cannot be decrypted goes to quarantine. */
public final class DecryptPayloadTransform implements PayloadTransform {
  private static final long serialVersionUID = 1L;

  /** For the service loader. */
  public DecryptPayloadTransform() {}

  @Override
  public String name() {
    return "decrypt-payload";
  }

  @Override
  public String documentation() {
    return "Decrypts whole values of the format below before they are decoded. What cannot be decrypted goes to quarantine (`transform-failed`).";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.secret(DecryptColumnTransform.KEYS, DecryptColumnTransform.KEYS_HELP));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public PayloadFunction open(TransformContext context) {
    Envelope envelope = Envelope.ofKeys(context.secret(DecryptColumnTransform.KEYS));
    return (payload, coordinates) -> Optional.of(envelope.open(payload));
  }
}
