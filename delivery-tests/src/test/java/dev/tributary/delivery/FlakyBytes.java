package dev.tributary.delivery;

import dev.tributary.transforms.PayloadFunction;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** A step on bytes that throws on one record in so many, at each try on another. */
public final class FlakyBytes implements PayloadTransform {
  static final int ONE_IN = 1_000;

  private static final long serialVersionUID = 1;

  @Override
  public String name() {
    return "flaky-bytes";
  }

  @Override
  public List<TransformOption> options() {
    return List.of();
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public PayloadFunction open(TransformContext context) {
    return (payload, coordinates) -> {
      if (ThreadLocalRandom.current().nextInt(ONE_IN) == 0) {
        throw new IllegalStateException("Bad luck with these bytes.");
      }
      return Optional.of(payload);
    };
  }
}
