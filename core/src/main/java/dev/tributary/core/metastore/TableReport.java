package dev.tributary.core.metastore;

/**
 * What a driver has found in the tiers of a dataset that it runs.
 *
 * @param dataset its name
 * @param run the run that looked
 * @param at when it looked, epoch milliseconds
 * @param tiers what it found
 */
public record TableReport(String dataset, String run, long at, TableTiers tiers) {
  /** Refuses what is missing, and tiers of another dataset. */
  public TableReport {
    RequiredField.check("dataset", dataset);
    RequiredField.check("run", run);
    RequiredField.check("tiers", tiers);
    RequiredField.notNegative("at", at);
    RequiredField.same("tiers/dataset", tiers.dataset(), dataset);
  }
}
