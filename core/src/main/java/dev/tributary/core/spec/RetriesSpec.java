package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * How often and how far apart a dataset that fails is tried again; what is absent is as the driver
 * is told.
 *
 * @param attempts attempts in a row without progress before it counts as failed
 * @param baseMillis the wait after the first failure; it doubles with each
 * @param capMillis the longest wait
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record RetriesSpec(
    Optional<Integer> attempts, Optional<Long> baseMillis, Optional<Long> capMillis) {
  private static final long MOST_ATTEMPTS = 1_000_000;
  private static final long LONGEST = 24L * 60 * 60 * 1_000;

  /** Refuses what cannot work. */
  public RetriesSpec {
    attempts = attempts == null ? Optional.empty() : attempts;
    baseMillis = baseMillis == null ? Optional.empty() : baseMillis;
    capMillis = capMillis == null ? Optional.empty() : capMillis;
    SpecChecks.range("retries.attempts", attempts.map(Integer::longValue), 1, MOST_ATTEMPTS);
    SpecChecks.range("retries.baseMillis", baseMillis, 0, LONGEST);
    SpecChecks.range("retries.capMillis", capMillis, 0, LONGEST);
    if (baseMillis.isPresent() && capMillis.isPresent() && capMillis.get() < baseMillis.get()) {
      throw SpecChecks.invalid(
          "retries.capMillis", capMillis.get(), "Use at least retries.baseMillis.");
    }
  }

  /** Whether anything is not as the driver is told. */
  boolean saysSomething() {
    return attempts.isPresent() || baseMillis.isPresent() || capMillis.isPresent();
  }
}
