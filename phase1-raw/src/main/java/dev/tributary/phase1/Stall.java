package dev.tributary.phase1;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long a broker has been asked in vain. Time between the questions is not its own: what was
 * delivered may take long to be written.
 */
final class Stall {
  private final LongSupplier nanoTime;
  private long waited;
  private long asked;

  Stall(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The broker is asked. */
  void ask() {
    asked = nanoTime.getAsLong();
  }

  /** The broker has answered, whatever the answer. */
  void answered() {
    waited += nanoTime.getAsLong() - asked;
  }

  /** The answer was of use. */
  void progress() {
    waited = 0;
  }

  boolean longerThan(Duration patience) {
    return waited > patience.toNanos();
  }
}
