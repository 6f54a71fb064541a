package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The backfills, replays and erasures up to a plan, in its account.
 *
 * @param plan the number of the newest plan that is a backfill's, a replay or an erasure; the
 *     account of the plan before that one names the next older
 * @param totals cumulative, by dataset
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Backfilled(long plan, Map<String, BackfillTotals> totals) {
  /** Copies the totals. */
  public Backfilled {
    totals = Collections.unmodifiableMap(new TreeMap<>(totals));
  }

  /** What the backfills and replays of a dataset did. */
  public BackfillTotals of(String dataset) {
    return totals.getOrDefault(dataset, BackfillTotals.NONE);
  }
}
