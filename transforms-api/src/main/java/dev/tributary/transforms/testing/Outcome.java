package dev.tributary.transforms.testing;

import java.util.Objects;
import java.util.Optional;

/**
 * What became of a record.
 *
 * @param coordinates where it comes from, as text
 * @param offset its place in the trial
 * @param value what it is now: a row as JSON, or a payload as text
 * @param code why it is set aside; empty for a good one
 * @param message the same for people
 */
record Outcome(
    String coordinates,
    long offset,
    String value,
    Optional<String> code,
    Optional<String> message) {
  boolean isBad() {
    return code.isPresent();
  }

  /** As {@link TransformContract#outcome} shows it. */
  String text() {
    return code.map(word -> word + ": " + Objects.toString(message.orElse(null))).orElse(value);
  }
}
