package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * What all backfills and replays of a dataset did to its table. They are counted apart from the
 * live batches, since they read again what those have read.
 *
 * @param counts what became of the records that they read
 * @param replaced what they took out
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record BackfillTotals(PlanCounts counts, Replaced replaced) {
  /** No backfill. */
  public static final BackfillTotals NONE = new BackfillTotals(PlanCounts.NONE, Replaced.NOTHING);

  /** Both together. */
  public BackfillTotals plus(BackfillTotals other) {
    return new BackfillTotals(counts.plus(other.counts), replaced.plus(other.replaced));
  }
}
