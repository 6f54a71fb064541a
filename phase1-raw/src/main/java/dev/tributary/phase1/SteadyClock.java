package dev.tributary.phase1;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;

/**
 * Goes on from what a clock showed once at the pace of a count of nanoseconds, whatever becomes of
 * that clock: for waits, which must not last as long as a correction of it.
 */
final class SteadyClock extends Clock {
  private final Clock start;
  private final LongSupplier nanoTime;
  private final Instant at;
  private final long from;

  SteadyClock(Clock start, LongSupplier nanoTime) {
    this.start = start;
    this.nanoTime = nanoTime;
    this.at = start.instant();
    this.from = nanoTime.getAsLong();
  }

  @Override
  public Instant instant() {
    return at.plusNanos(nanoTime.getAsLong() - from);
  }

  @Override
  public ZoneId getZone() {
    return start.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return new SteadyClock(start.withZone(zone), nanoTime);
  }
}
