package dev.tributary.archive.spark;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.Totals;
import java.util.OptionalLong;

/**
 * What a topic has waiting for a stream.
 *
 * @param log of the topic
 * @param first the sequence of the next entry
 * @param head the last entry that may be taken
 * @param before the totals before the next entry
 */
record Backlog(ManifestLog log, long first, ManifestEntry head, Totals before) {
  long records() {
    return head.totals().records() - before.records();
  }

  long bytes() {
    return head.totals().bytes() - before.bytes();
  }

  long entries() {
    return head.sequence() - first + 1;
  }

  /** This topic's part of the limits, by what all topics together have waiting. */
  BatchLimits share(BatchLimits limits, long allRecords, long allBytes, long allEntries) {
    return new BatchLimits(
        part(limits.records(), records(), allRecords),
        part(limits.bytes(), bytes(), allBytes),
        part(limits.entries(), entries(), allEntries));
  }

  private static OptionalLong part(OptionalLong limit, long own, long all) {
    if (limit.isEmpty() || all == 0 || own == all) {
      return limit;
    }
    return OptionalLong.of(Math.max(1, (long) (limit.getAsLong() * ((double) own / all))));
  }

  /**
   * The last entry of a batch: the first entry always, and what fits into the limits with it. Found
   * in a number of requests that grows with the logarithm of the batch, not of the log.
   */
  ManifestEntry last(BatchLimits limits) {
    if (fits(head, limits)) {
      return head;
    }
    ManifestEntry taken = entry(first);
    long low = first;
    long step = 1;
    while (low + step < head.sequence()) {
      ManifestEntry next = entry(low + step);
      if (!fits(next, limits)) {
        break;
      }
      taken = next;
      low += step;
      step *= 2;
    }
    long high = Math.min(low + step, head.sequence());
    while (high - low > 1) {
      long middle = low + (high - low) / 2;
      ManifestEntry next = entry(middle);
      if (fits(next, limits)) {
        taken = next;
        low = middle;
      } else {
        high = middle;
      }
    }
    return taken;
  }

  private ManifestEntry entry(long sequence) {
    return log.range(sequence, sequence).get(0);
  }

  private boolean fits(ManifestEntry last, BatchLimits limits) {
    return last.totals().records() - before.records() <= limits.records().orElse(Long.MAX_VALUE)
        && last.totals().bytes() - before.bytes() <= limits.bytes().orElse(Long.MAX_VALUE)
        && last.sequence() - first + 1 <= limits.entries().orElse(Long.MAX_VALUE);
  }
}
