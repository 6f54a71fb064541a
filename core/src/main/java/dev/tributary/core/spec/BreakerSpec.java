package dev.tributary.core.spec;

/**
 * When a batch has so many bad records that its plan is not admitted.
 *
 * @param share the greatest share of a batch that may go to quarantine, 0 to 1
 * @param minRecords batches below this many records are always admitted
 */
public record BreakerSpec(Double share, Long minRecords) {
  /** Fills in the defaults: half of 1,000 records or more. */
  public BreakerSpec {
    share = share == null ? Double.valueOf(0.5) : share;
    minRecords = SpecChecks.positive("breaker.minRecords", minRecords, 1_000L);
    if (share < 0 || share > 1) {
      throw SpecChecks.invalid("breaker.share", share, "Use a number from 0 to 1.");
    }
  }

  /** All defaults. */
  public static BreakerSpec defaults() {
    return new BreakerSpec(null, null);
  }
}
