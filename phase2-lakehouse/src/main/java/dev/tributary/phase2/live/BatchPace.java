package dev.tributary.phase2.live;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.streaming.TriggerSpec;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How far apart a dataset's batches begin: as it says itself, else as its driver is told. What
 * waits beyond a batch's bounds is taken by further ones at once. A run up to what is there now
 * does not wait. Not thread-safe.
 */
final class BatchPace {
  private final TriggerSpec driver;
  private final LongSupplier nanoTime;
  private boolean underWay;
  private boolean begun;
  private long at;

  BatchPace(TriggerSpec driver, LongSupplier nanoTime) {
    this.driver = driver;
    this.nanoTime = nanoTime;
  }

  /** How long a batch has to wait; zero: it may begin now. */
  Duration left(DatasetSpec dataset) {
    Optional<Duration> own = interval(dataset);
    if (driver instanceof TriggerSpec.AvailableNow || own.isEmpty() || underWay || !begun) {
      return Duration.ZERO;
    }
    Duration left = own.get().minusNanos(nanoTime.getAsLong() - at);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** A batch begins. */
  void begins() {
    if (!underWay) {
      at = nanoTime.getAsLong();
    }
    begun = true;
    underWay = true;
  }

  /** Nothing waits that a batch could have taken. */
  void ends() {
    underWay = false;
  }

  /**
   * How far apart the looks begin for what is new: entries of the archive, and other versions of
   * the dataset, which do not wait for its batches. Empty: there is one look after the other.
   */
  Optional<Duration> looks(Optional<DatasetSpec> dataset) {
    if (!(driver instanceof TriggerSpec.Every every)) {
      return Optional.empty();
    }
    return dataset
        .flatMap(BatchPace::interval)
        .filter(own -> own.compareTo(every.interval()) < 0)
        .or(() -> Optional.of(every.interval()));
  }

  private static Optional<Duration> interval(DatasetSpec dataset) {
    return dataset.trigger().flatMap(own -> own.intervalMillis()).map(Duration::ofMillis);
  }
}
