package dev.tributary.phase1;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.streaming.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How a topic fares apart from those that it shares a query with.
 *
 * @param failures in a row
 * @param nextAttempt when it is tried again
 * @param error the last one
 * @param failed whether it was given up
 */
record TopicHealth(
    int failures, Instant nextAttempt, Optional<TributaryException> error, boolean failed) {
  static TopicHealth well() {
    return new TopicHealth(0, Instant.EPOCH, Optional.empty(), false);
  }

  /** Whether it may be planned. */
  boolean ready(Instant now) {
    return !failed && !now.isBefore(nextAttempt);
  }

  /** Whether it failed and waits for another attempt. */
  boolean retrying() {
    return !failed && error.isPresent();
  }

  TopicHealth failed(
      TributaryException cause, RetryPolicy retry, Instant now, RandomGenerator random) {
    int inARow = failures + 1;
    boolean hopeless = !worthRetrying(cause.code()) || inARow >= retry.maxAttempts();
    Duration wait = retry.backoff(inARow, cause.code().retryAfter(), random);
    return new TopicHealth(inARow, now.plus(wait), Optional.of(cause), hopeless);
  }

  /** A topic may be created after its source was registered. */
  private static boolean worthRetrying(ErrorCode code) {
    return code.retryable()
        || code == ErrorCode.INTERNAL_ERROR
        || code == ErrorCode.TOPIC_NOT_FOUND;
  }
}
