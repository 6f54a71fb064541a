package dev.tributary.phase2.live;

import dev.tributary.core.spec.Versioned;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Versions that could not be checked because something could not be had, and when that is tried
 * again: after a second, and each time twice as long, up to a minute. Used by one thread.
 */
final class Postponed {
  private static final long FIRST = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoTime;
  private final Map<VersionKey, Wait> waits = new HashMap<>();

  private record Wait(long pause, long until) {}

  Postponed(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether a version is to be checked now. */
  boolean due(Versioned<?> version) {
    Wait wait = waits.get(VersionKey.of(version));
    return wait == null || nanoTime.getAsLong() - wait.until() >= 0;
  }

  /**
   * It could not be checked.
   *
   * @return whether it is the first time
   */
  boolean again(Versioned<?> version) {
    VersionKey key = VersionKey.of(version);
    Wait before = waits.get(key);
    long pause = before == null ? FIRST : Math.min(LONGEST, 2 * before.pause());
    waits.put(key, new Wait(pause, nanoTime.getAsLong() + pause));
    return before == null;
  }
}
