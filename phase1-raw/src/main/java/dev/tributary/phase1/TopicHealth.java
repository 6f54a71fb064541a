package dev.tributary.phase1;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.streaming.Failures;
import dev.tributary.streaming.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How a topic fares apart from those that it shares a query with.
 *
 * @param failures in a row
 * @param nextAttempt when it is tried again; of one that was given up, where another driver has it
 * @param error the last one
 * @param failed whether it was given up
 * @param worked whether it was well since the driver began
 */
record TopicHealth(
    int failures,
    Instant nextAttempt,
    Optional<TributaryException> error,
    boolean failed,
    boolean worked) {
  /** Up to 80 minutes, where two drivers meet again and again. */
  private static final int MOST_DOUBLINGS = 4;

  /** Of a topic that nothing is known of. */
  static TopicHealth untried() {
    return new TopicHealth(0, Instant.EPOCH, Optional.empty(), false, false);
  }

  /** Of a topic of which something was committed, or nothing was to be committed. */
  static TopicHealth well() {
    return new TopicHealth(0, Instant.EPOCH, Optional.empty(), false, true);
  }

  /** Whether it may be planned. */
  boolean ready(Instant now) {
    return !failed && !now.isBefore(nextAttempt);
  }

  /** Whether it was left to another driver, and it is time to see whether that one goes on. */
  boolean gaveWay(Instant now) {
    return failed && error.filter(Failures::gaveWay).isPresent() && !now.isBefore(nextAttempt);
  }

  /** As before it failed, but for how often it did in a row. */
  TopicHealth again() {
    return new TopicHealth(failures, Instant.EPOCH, Optional.empty(), false, worked);
  }

  /** Whether it failed and waits for another attempt. */
  boolean retrying() {
    return !failed && error.isPresent();
  }

  TopicHealth failed(
      TributaryException cause, RetryPolicy retry, Instant now, RandomGenerator random) {
    int inARow = failures + 1;
    boolean hopeless = !worthRetrying(cause) || inARow >= retry.maxAttempts();
    Duration wait =
        Failures.gaveWay(cause)
            ? Failures.GIVE_WAY.multipliedBy(1L << Math.min(inARow - 1, MOST_DOUBLINGS))
            : retry.backoff(inARow, cause.code().retryAfter(), random);
    return new TopicHealth(inARow, now.plus(wait), Optional.of(cause), hopeless, worked);
  }

  /** A topic may be created after its source was registered. */
  private boolean worthRetrying(TributaryException cause) {
    return Failures.worthRetrying(cause, worked) || cause.code() == ErrorCode.TOPIC_NOT_FOUND;
  }
}
