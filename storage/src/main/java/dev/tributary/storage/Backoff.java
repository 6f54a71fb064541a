package dev.tributary.storage;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The pauses between the attempts of one store operation: doubling, with jitter, and few. */
final class Backoff {
  private static final int ATTEMPTS = 8;
  private static final long FIRST_MILLIS = 50;
  private static final long LONGEST_MILLIS = 2_000;

  private int attempts = 1;

  /** Waits before the next attempt, or says that there should be none. */
  boolean pause() {
    if (attempts == ATTEMPTS) {
      return false;
    }
    long bound = Math.min(LONGEST_MILLIS, FIRST_MILLIS << attempts);
    attempts++;
    try {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(bound / 2, bound));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  int attempts() {
    return attempts;
  }
}
