package dev.tributary.transforms.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tributary.transforms.PayloadFunction;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RecordCoordinates;
import dev.tributary.transforms.TransformContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Runs a step on bytes. */
final class PayloadRun implements TrialRun {
  private final PayloadTransform transform;
  private final TrialContext context;

  PayloadRun(PayloadTransform transform, TransformTrial trial) {
    this.transform = transform;
    this.context = new TrialContext(transform, trial);
  }

  @Override
  public TransformContext context() {
    return context;
  }

  @Override
  public List<Outcome> outcomes(List<byte[]> values, int partitions) {
    List<Outcome> outcomes = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      PayloadFunction function = transform.open(context);
      for (int i = partition; i < values.size(); i += partitions) {
        outcome(function, values.get(i), at(i)).ifPresent(outcomes::add);
      }
    }
    outcomes.sort(Comparator.comparingLong(Outcome::offset));
    return outcomes;
  }

  @Override
  public List<String> coordinates(List<byte[]> values) {
    return IntStream.range(0, values.size()).mapToObj(i -> at(i).toString()).toList();
  }

  private static RecordCoordinates at(int place) {
    return new RecordCoordinates("trial", 0, place % 2, place);
  }

  private static Optional<Outcome> outcome(
      PayloadFunction function, byte[] value, RecordCoordinates coordinates) {
    byte[] given = value.clone();
    Optional<Outcome> outcome;
    try {
      outcome =
          function
              .apply(given, coordinates)
              .map(after -> made(coordinates, text(after), Optional.empty(), Optional.empty()));
    } catch (Exception e) {
      outcome =
          Optional.of(
              made(
                  coordinates,
                  "",
                  Optional.of("transform-failed"),
                  Optional.ofNullable(e.getMessage())));
    }
    if (!Arrays.equals(given, value)) {
      throw new AssertionError("The step changes the payload that it is given. Copy it first.");
    }
    return outcome;
  }

  private static Outcome made(
      RecordCoordinates coordinates,
      String value,
      Optional<String> code,
      Optional<String> message) {
    return new Outcome(coordinates.toString(), coordinates.offset(), value, code, message);
  }

  /** So that bytes that are no text stay apart. */
  private static String text(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    return Arrays.equals(text.getBytes(UTF_8), bytes)
        ? text
        : Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public Object travelling(List<byte[]> values) {
    return List.of(transform, context).toArray();
  }
}
