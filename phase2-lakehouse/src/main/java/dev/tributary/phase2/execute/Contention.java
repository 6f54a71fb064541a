package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.streaming.Failures;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.delta.DeltaConcurrentModificationException;

/**
 * Changes of a table that somebody else may come before: who compacts it changes no row, and yet
 * takes away the files that a change has read.
 */
final class Contention {
  private static final int ATTEMPTS = 10;

  private Contention() {}

  /**
   * Makes the change, and makes it again when another writer's commit has come before its own.
   *
   * @throws TributaryException TABLE_UNAVAILABLE if that happens each time
   */
  static void outlast(Path table, Runnable change) {
    for (int attempt = 1; ; attempt++) {
      try {
        change.run();
        return;
      } catch (Exception e) {
        // Delta's errors are checked ones at times, which its signatures do not say.
        if (Failures.cause(e, DeltaConcurrentModificationException.class).isEmpty()) {
          throw e;
        }
        if (attempt == ATTEMPTS) {
          throw new TributaryException(
              ErrorCode.TABLE_UNAVAILABLE,
              "Other writers changed %s during each of %d attempts to change it. It is tried again; find out who writes to the table."
                  .formatted(table, ATTEMPTS),
              e);
        }
        pause(attempt);
      }
    }
  }

  private static void pause(int attempt) {
    try {
      TimeUnit.MILLISECONDS.sleep(
          ThreadLocalRandom.current().nextLong(50L << Math.min(attempt, 6)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TributaryException(
          ErrorCode.TABLE_UNAVAILABLE, "Interrupted while a table was changed again.", e);
    }
  }
}
