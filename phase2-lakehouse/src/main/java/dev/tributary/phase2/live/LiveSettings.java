package dev.tributary.phase2.live;

import dev.tributary.streaming.TriggerSpec;
import java.time.Duration;

/**
 * How a dataset is run.
 *
 * @param trigger what starts a batch
 * @param aliveInterval how often a run that works on a plan shows a sign of life
 * @param aliveTimeout how long a sign of life may stay the same before its run counts as dead
 * @param tableReports how far apart reports of the dataset's tables are at least; zero: there are
 *     none
 */
public record LiveSettings(
    TriggerSpec trigger, Duration aliveInterval, Duration aliveTimeout, Duration tableReports) {
  /** Of a run that does not report its dataset's tables. */
  public LiveSettings(TriggerSpec trigger, Duration aliveInterval, Duration aliveTimeout) {
    this(trigger, aliveInterval, aliveTimeout, Duration.ZERO);
  }
}
