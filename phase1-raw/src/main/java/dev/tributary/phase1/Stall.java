package dev.tributary.phase1;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long a broker has been asked in vain. Time between the questions is not its own: what was
 * delivered may take long to be written.
 */
final class Stall {
  /**
   * What is asked for in several polls is not given up sooner, however often it was in vain: a
   * broker may hold back its answer for a while where it throttles, or a connection is made first.
   */
  private static final Duration AT_LEAST = Duration.ofSeconds(8);

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

  /**
   * The patience with what was waited for in vain before: half of it each time, down to what a slow
   * answer may take.
   */
  static Duration shortened(Duration patience, int stallsBefore) {
    Duration least = patience.compareTo(AT_LEAST) < 0 ? patience : AT_LEAST;
    Duration left = patience.dividedBy(1L << Math.min(stallsBefore, 30));
    return left.compareTo(least) < 0 ? least : left;
  }

  boolean longerThan(Duration patience) {
    return waited > patience.toNanos();
  }
}
