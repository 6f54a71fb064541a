package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.ConcurrentTransactionException;
import org.apache.spark.sql.delta.DeltaConcurrentModificationException;

/** Has a MERGE bear its plan's mark, and tries it again where other writers came first. */
final class MarkedMerge {
  private static final String APPLICATION = "spark.databricks.delta.write.txnAppId";
  private static final String VERSION = "spark.databricks.delta.write.txnVersion";
  private static final String USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata";
  private static final int ATTEMPTS = 10;

  private final PlanWork work;

  MarkedMerge(PlanWork work) {
    this.work = work;
  }

  /** Merges, unless the table bears the plan already. */
  void run(String userMetadata, Runnable merge) {
    for (int attempt = 1; ; attempt++) {
      try {
        marked(userMetadata, merge);
        return;
      } catch (Exception e) {
        if (isOf(e, ConcurrentTransactionException.class)) {
          // Another run has committed this very plan; what it did counts.
          return;
        }
        if (!isOf(e, DeltaConcurrentModificationException.class)) {
          throw e;
        }
        work.requireNotRestored();
        if (attempt == ATTEMPTS) {
          throw new TributaryException(
              ErrorCode.TABLE_UNAVAILABLE,
              "Other writers changed %s during each of %d attempts at plan %d. The plan is done again; find out who writes to the table."
                  .formatted(work.folders().table(), ATTEMPTS, work.plan().plan()),
              e);
        }
        pause(attempt);
      }
    }
  }

  /** Marks the table where there was nothing to merge. */
  void markOnly(String userMetadata) {
    work.transactions().begin(work.folders().table(), work.mark()).commit(userMetadata);
  }

  /** The settings stay in the session and would mark every later write. */
  private void marked(String userMetadata, Runnable write) {
    SparkSession session = work.session();
    session.conf().set(APPLICATION, work.mark().application());
    session.conf().set(VERSION, Long.toString(work.mark().plan()));
    session.conf().set(USER_METADATA, userMetadata);
    try {
      write.run();
    } finally {
      session.conf().unset(APPLICATION);
      session.conf().unset(VERSION);
      session.conf().unset(USER_METADATA);
    }
  }

  private static boolean isOf(Throwable error, Class<? extends Throwable> type) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static void pause(int attempt) {
    try {
      TimeUnit.MILLISECONDS.sleep(
          ThreadLocalRandom.current().nextLong(50L << Math.min(attempt, 6)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TributaryException(
          ErrorCode.TABLE_UNAVAILABLE, "Interrupted while a plan waited to be merged again.", e);
    }
  }
}
