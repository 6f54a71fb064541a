package dev.tributary.transforms.basic;

import dev.tributary.transforms.PayloadFunction;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Unpacks whole values. What is broken, or would become too big, goes to quarantine. */
public final class DecompressTransform implements PayloadTransform {
  private static final long serialVersionUID = 1L;

  private static final String CODEC = "codec";
  private static final String MAX_BYTES = "max-bytes";

  /** For the service loader. */
  public DecompressTransform() {}

  @Override
  public String name() {
    return "decompress";
  }

  @Override
  public String documentation() {
    return "Unpacks whole values before they are decoded. What is broken, or would become too long, goes to quarantine (`transform-failed`).";
  }

  @Override
  public List<TransformOption> options() {
    return List.of(
        TransformOption.withDefault(
            CODEC,
            TransformOption.Type.TEXT,
            "auto",
            "`gzip`, `zstd`, `snappy` (a block, Snappy's frames, or those of snappy-java), `lz4`"
                + " (frames, or the blocks of lz4-java), or `auto`: what its first bytes say; what"
                + " they say nothing of goes on as it is."),
        TransformOption.withDefault(
            MAX_BYTES,
            TransformOption.Type.INTEGER,
            "67108864",
            "How long a value may become; a longer one goes to quarantine."));
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public void check(TransformContext context) {
    codec(context);
    maxBytes(context);
  }

  @Override
  public PayloadFunction open(TransformContext context) {
    Codec codec = codec(context);
    int maxBytes = maxBytes(context);
    return (payload, coordinates) -> Optional.of(codec.unpack(payload, maxBytes));
  }

  private static Codec codec(TransformContext context) {
    String name = context.required(CODEC);
    return Arrays.stream(Codec.values())
        .filter(codec -> codec.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The option codec is '%s'. Write gzip, zstd, snappy, lz4 or auto."
                        .formatted(name)));
  }

  private static int maxBytes(TransformContext context) {
    long bytes = context.integer(MAX_BYTES);
    if (bytes < 1 || bytes > Integer.MAX_VALUE / 2) {
      throw new IllegalArgumentException(
          "The option max-bytes is %d. Write a number from 1 to %d."
              .formatted(bytes, Integer.MAX_VALUE / 2));
    }
    return (int) bytes;
  }
}
