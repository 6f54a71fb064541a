package dev.tributary.metastore.access;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * So many requests a second from one address, and as many at once. Of the addresses the latest
 * 10,000 are remembered. Thread-safe.
 */
public final class RateLimit {
  private static final int REMEMBERED = 10_000;
  private static final double NANOS = 1e9;

  private static final class Bucket {
    private double left;
    private long at;
  }

  private final int perSecond;
  private final LongSupplier nanoTime;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * A limit.
   *
   * @param perSecond 0: none
   * @param nanoTime as {@link System#nanoTime}
   */
  public RateLimit(int perSecond, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
  }

  /** Whether a further request from an address is allowed now. */
  public synchronized boolean allows(String address) {
    if (perSecond == 0) {
      return true;
    }
    long now = nanoTime.getAsLong();
    Bucket bucket = buckets.get(address);
    if (bucket == null) {
      bucket = new Bucket();
      bucket.left = perSecond;
      bucket.at = now;
      buckets.put(address, bucket);
    }
    bucket.left = Math.min(perSecond, bucket.left + (now - bucket.at) / NANOS * perSecond);
    bucket.at = now;
    if (bucket.left < 1) {
      return false;
    }
    bucket.left -= 1;
    return true;
  }
}
