package dev.tributary.benchmarks;

import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * This process's CPU time against the clock, so that a piece of work can be charged for whose
 * beginning and end are only known afterwards. Thread-safe.
 */
final class CpuRecord implements AutoCloseable {
  private static final long EVERY_MILLIS = 50;

  private final NavigableMap<Long, Long> nanosByMillis = new ConcurrentSkipListMap<>();
  private final ScheduledExecutorService ticks =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "cpu-record");
            thread.setDaemon(true);
            return thread;
          });

  /** Begins to record. */
  CpuRecord() {
    look();
    ticks.scheduleAtFixedRate(this::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * CPU time that was used between two moments, both cores, compiler and collector included.
   *
   * @param from epoch milliseconds
   * @param to epoch milliseconds
   */
  long nanosBetween(long from, long to) {
    return nanosAt(nanosByMillis, to) - nanosAt(nanosByMillis, from);
  }

  /** Between two looks the time is taken to have gone on evenly; outside of them not at all. */
  static long nanosAt(NavigableMap<Long, Long> looks, long millis) {
    Map.Entry<Long, Long> before = looks.floorEntry(millis);
    Map.Entry<Long, Long> after = looks.ceilingEntry(millis);
    if (before == null || after == null) {
      return before == null ? after.getValue() : before.getValue();
    }
    long span = after.getKey() - before.getKey();
    if (span == 0) {
      return before.getValue();
    }
    return before.getValue()
        + (after.getValue() - before.getValue()) * (millis - before.getKey()) / span;
  }

  @Override
  public void close() {
    ticks.shutdownNow();
  }

  private void look() {
    nanosByMillis.put(System.currentTimeMillis(), Stopwatch.processCpuNanos());
  }
}
