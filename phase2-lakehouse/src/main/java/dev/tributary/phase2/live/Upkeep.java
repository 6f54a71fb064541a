package dev.tributary.phase2.live;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.streaming.StopSignal;

/** What a driver does to a dataset's table between its batches, beside writing it. */
@FunctionalInterface
public interface Upkeep {
  /**
   * Called after each live plan, before the next one. Returns within bounded time, and soon after
   * the stop is asked for. It changes no row and puts no plan, and its failure is no failure of the
   * dataset.
   *
   * @param plan the plan's number
   */
  void after(DatasetSpec dataset, long plan, StopSignal stop) throws InterruptedException;
}
