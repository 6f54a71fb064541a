package dev.tributary.streaming;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * How often and how far apart a failing unit is tried again.
 *
 * @param maxAttempts attempts in a row without progress before it counts as failed; at least 1
 * @param base the first wait
 * @param cap the longest wait
 */
public record RetryPolicy(int maxAttempts, Duration base, Duration cap) {
  /** Refuses what cannot work. */
  public RetryPolicy {
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("maxAttempts is " + maxAttempts + ", must be 1 or more");
    }
    if (base.isNegative() || cap.compareTo(base) < 0) {
      throw new IllegalArgumentException(
          "waits are from " + base + " to " + cap + ", must grow from 0 or more");
    }
  }

  /**
   * This policy as far as nothing else is said. Where only one of the waits is, the other gives way
   * to it.
   */
  public RetryPolicy with(
      OptionalInt otherMaxAttempts, Optional<Duration> otherBase, Optional<Duration> otherCap) {
    Duration longest = otherCap.orElse(cap);
    Duration first = otherBase.orElse(base);
    if (first.compareTo(longest) > 0) {
      return otherBase.isPresent()
          ? new RetryPolicy(otherMaxAttempts.orElse(maxAttempts), first, first)
          : new RetryPolicy(otherMaxAttempts.orElse(maxAttempts), longest, longest);
    }
    return new RetryPolicy(otherMaxAttempts.orElse(maxAttempts), first, longest);
  }

  /**
   * The wait before the next attempt: doubles with each failure up to the cap, and a random half of
   * it is left out so that drivers which failed together do not come back together. No wait is
   * shorter than what the error asks for, as far as the cap allows.
   *
   * @param failures failures in a row, at least 1
   * @param atLeast what the error asks for, {@link dev.tributary.core.error.ErrorCode#retryAfter()}
   * @param random the source of jitter
   */
  public Duration backoff(int failures, Duration atLeast, RandomGenerator random) {
    int doublings = Math.min(failures - 1, 30);
    long grown = Math.min(cap.toMillis(), base.toMillis() << doublings);
    long bounded = grown < 0 ? cap.toMillis() : grown;
    long wait = bounded - (long) (random.nextDouble() * bounded / 2);
    return Duration.ofMillis(Math.max(wait, Math.min(cap.toMillis(), atLeast.toMillis())));
  }
}
