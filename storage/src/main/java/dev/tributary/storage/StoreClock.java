package dev.tributary.storage;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.UUID;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What time it is for a store: that of an object which was just written. The one clock that all
 * hosts share.
 */
public final class StoreClock {
  private static final Logger LOG = LoggerFactory.getLogger(StoreClock.class);

  private static final Duration TOLERATED = Duration.ofHours(1);

  private StoreClock() {}

  /**
   * The store's time. Writes an object of its own below {@code directory} and removes it.
   *
   * @return epoch milliseconds
   */
  public static long millis(ObjectStore store, Path directory) {
    Path folder = new Path(directory, "_probe");
    Path probe = new Path(folder, UUID.randomUUID().toString());
    store.createIfAbsent(probe, "time".getBytes(StandardCharsets.UTF_8));
    try {
      Iterator<ListedObject> listed = store.listFrom(folder, probe.getName());
      if (!listed.hasNext()) {
        throw new TributaryException(
            ErrorCode.STORE_UNAVAILABLE,
            "The store does not list '%s', which was just written. Check that it lists what it holds."
                .formatted(probe));
      }
      return listed.next().modifiedAt();
    } finally {
      remove(store, probe);
    }
  }

  private static void remove(ObjectStore store, Path probe) {
    try {
      store.delete(probe);
    } catch (RuntimeException e) {
      LOG.warn("The probe {} was not removed: {}", probe, e.getMessage());
    }
  }

  /**
   * Throws CLOCK_AHEAD where a host's time is far ahead of a store's.
   *
   * @param host epoch milliseconds
   * @param store epoch milliseconds
   * @param directory of the store
   */
  public static void requireNotAhead(long host, long store, Path directory) {
    if (isAhead(host, store)) {
      throw new TributaryException(
          ErrorCode.CLOCK_AHEAD,
          "This host's clock shows %s, but it is %s for the store of '%s'. Correct the clock (NTP) of the one that is wrong."
              .formatted(Instant.ofEpochMilli(host), Instant.ofEpochMilli(store), directory));
    }
  }

  /** Whether a host's time is further ahead of a store's than clocks are by chance. */
  public static boolean isAhead(long host, long store) {
    return host - store > TOLERATED.toMillis();
  }
}
