package dev.tributary.core.spec;

/**
 * How phase 1 cuts batches: at whichever bound is met first. A batch becomes one manifest entry a
 * topic.
 *
 * @param maxRecords about this many records (offsets) a batch; each partition that has something
 *     gets at least one, so where more partitions than this wait, a batch is as many as they are
 * @param maxBytes about this many bytes of keys and values a batch: planned by the average record
 *     of the batches before, and cut where the records turn out bigger; here too each partition
 *     that has something gets at least one record
 * @param maxDelayMillis a partition's records wait at most this long for a batch to fill; 0 takes
 *     what is there at every trigger
 */
public record BatchSpec(Long maxRecords, Long maxBytes, Long maxDelayMillis) {
  /** Fills in the defaults: 5,000,000 records, 1 GiB, no delay. */
  public BatchSpec {
    maxRecords = SpecChecks.positive("batch.maxRecords", maxRecords, 5_000_000L);
    maxBytes = SpecChecks.positive("batch.maxBytes", maxBytes, 1L << 30);
    maxDelayMillis = maxDelayMillis == null ? Long.valueOf(0) : maxDelayMillis;
    if (maxDelayMillis < 0) {
      throw SpecChecks.invalid(
          "batch.maxDelayMillis", maxDelayMillis, "Use 0 or a number of milliseconds.");
    }
  }

  /** All defaults. */
  public static BatchSpec defaults() {
    return new BatchSpec(null, null, null);
  }
}
