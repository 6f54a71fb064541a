package dev.tributary.core.metastore;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Keeps a service that takes connections and says nothing from holding up who goes on without it:
 * after a request for which it let somebody wait, it is left alone four times as long, so that no
 * more than a fifth of the time is spent on waiting. One that refuses at once costs nothing, and is
 * asked each time. Thread-safe.
 */
final class Outage {
  private static final long NOTEWORTHY = Duration.ofMillis(500).toNanos();
  private static final long LONGEST = Duration.ofMinutes(1).toNanos();
  private static final int TIMES = 4;

  private final LongSupplier nanoTime;
  private final AtomicReference<Optional<Silence>> silence =
      new AtomicReference<>(Optional.empty());

  /** What it came to when it was last asked, and until when it is not asked again. */
  private record Silence(TributaryException error, long until) {}

  Outage(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Asks, and remembers how that went.
   *
   * @throws TributaryException METASTORE_UNAVAILABLE
   */
  <T> T asking(Supplier<T> request) {
    long begun = nanoTime.getAsLong();
    try {
      T answer = request.get();
      silence.set(Optional.empty());
      return answer;
    } catch (TributaryException e) {
      long end = nanoTime.getAsLong();
      boolean waited = end - begun >= NOTEWORTHY && e.code() == ErrorCode.METASTORE_UNAVAILABLE;
      silence.set(
          waited
              ? Optional.of(new Silence(e, end + Math.min(LONGEST, TIMES * (end - begun))))
              : Optional.empty());
      throw e;
    }
  }

  /**
   * Refuses to ask for as long as it is left alone.
   *
   * @throws TributaryException METASTORE_UNAVAILABLE, what it came to when it was last asked
   */
  void requireOver() {
    Optional<Silence> now = silence.get();
    if (now.isPresent() && nanoTime.getAsLong() - now.get().until() < 0) {
      TributaryException last = now.get().error();
      throw new TributaryException(last.code(), last.getMessage(), last);
    }
  }
}
