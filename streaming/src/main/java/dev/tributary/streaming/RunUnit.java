package dev.tributary.streaming;

import java.util.List;
import java.util.Set;

/**
 * A supervised piece of a driver with a thread of its own: one or several pipelines that share a
 * query. It fails, is retried and stops apart from the others.
 */
public interface RunUnit {
  /** Unique within the driver, and stable: a unit found again under this name is the same one. */
  String name();

  /**
   * Changes when the unit must be made anew, for example with a spec's version. A running unit of
   * another fingerprint finishes its batch, and this one takes its place.
   */
  default String fingerprint() {
    return "";
  }

  /**
   * What no two units may work on at a time. One that is to start waits until those that were asked
   * to stop have let go of all that it claims.
   */
  default Set<String> claims() {
    return Set.of();
  }

  /**
   * How often it is tried again; asked after each failure.
   *
   * @param driver as the driver is told
   */
  default RetryPolicy retries(RetryPolicy driver) {
    return driver;
  }

  /** The pipelines that it feeds. Their state follows the unit's. */
  List<PipelineMetrics> pipelines();

  /**
   * Grows whenever something worked, so that failures before and after it are not in a row: a batch
   * was committed, or it was found that there is none to commit.
   */
  default long progress() {
    return pipelines().stream().mapToLong(PipelineMetrics::progress).sum();
  }

  /**
   * One attempt: runs until all is done or until {@code stop} is requested, and then finishes the
   * batch in hand and returns. Called again, from the same thread, after a failure that may pass.
   *
   * @throws Exception a failure; see {@link Failures} for how it is understood
   */
  void run(StopSignal stop) throws Exception;
}
