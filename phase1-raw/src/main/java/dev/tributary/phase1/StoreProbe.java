package dev.tributary.phase1;

import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import dev.tributary.storage.StoreClock;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Asks each archive's store once whether it keeps two drivers apart, and what time it is: entries
 * bear the driver's time, and never less than the entry before's, so that one of the future would
 * stay. Thread-safe.
 */
final class StoreProbe {
  private final Configuration hadoop;
  private final boolean singleDriver;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Map<String, Clock> passed = new ConcurrentHashMap<>();

  /**
   * A probe of nothing yet.
   *
   * @param singleDriver the operator's word that no other driver works on the same data
   */
  StoreProbe(Configuration hadoop, boolean singleDriver) {
    this(hadoop, singleDriver, Clock.systemUTC(), System::nanoTime);
  }

  /**
   * A probe of nothing yet.
   *
   * @param clock by which entries are written
   * @param nanoTime a count of nanoseconds that no correction of the clock moves
   */
  StoreProbe(Configuration hadoop, boolean singleDriver, Clock clock, LongSupplier nanoTime) {
    this.hadoop = hadoop;
    this.singleDriver = singleDriver;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /**
   * Throws STORE_NOT_CONDITIONAL where the archive's store does not keep drivers apart, and
   * CLOCK_AHEAD where this host's clock is, or was set since, far ahead of the store's.
   */
  void require(String archive) {
    Clock known = passed.get(archive);
    if (known != null && !StoreClock.isAhead(clock.millis(), known.millis())) {
      return;
    }
    Path folder = new Path(archive);
    ObjectStore store = ObjectStores.forPath(folder, hadoop);
    if (known == null) {
      ConditionalWriteProbe.require(store, folder, singleDriver);
    }
    // A host that slept counts no nanoseconds meanwhile, so the store is asked before it is
    // refused.
    long now = StoreClock.millis(store, folder);
    StoreClock.requireNotAhead(clock.millis(), now, folder);
    passed.put(
        archive, new SteadyClock(Clock.fixed(Instant.ofEpochMilli(now), ZoneOffset.UTC), nanoTime));
  }
}
