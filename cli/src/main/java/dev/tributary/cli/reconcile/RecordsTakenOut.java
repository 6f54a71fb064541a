package dev.tributary.cli.reconcile;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import java.util.Map;
import java.util.Optional;

/**
 * How many records retention and erasure took out of an archive before a dataset's plans came to
 * them: of a dataset that is younger than a retention, and of records that were erased unread.
 */
final class RecordsTakenOut {
  private final PlanLog plans;
  private final String dataset;
  private final Map<String, ManifestLog> logs;
  private final Map<String, Long> first;

  /**
   * Of a dataset.
   *
   * @param first the sequences that it was told to begin at, by topic
   */
  RecordsTakenOut(
      PlanLog plans, String dataset, Map<String, ManifestLog> logs, Map<String, Long> first) {
    this.first = Map.copyOf(first);
    this.plans = plans;
    this.dataset = dataset;
    this.logs = logs;
  }

  /**
   * What no plan had to read.
   *
   * @param account the last plan that is done
   * @param unread what the entries below its position once held and plans did not read; where there
   *     is none, nothing more is asked of a store
   */
  long notRead(Optional<PlanAccount> account, long unread) {
    if (unread <= 0 || account.isEmpty()) {
      return 0;
    }
    long expired = 0;
    long erased = 0;
    for (Map.Entry<String, ManifestLog> log : logs.entrySet()) {
      Optional<ManifestEntry> head = log.getValue().knownHead();
      erased += head.map(entry -> entry.erased().orElse(0)).orElse(0L);
      if (head.isPresent() && head.get().expiredBefore().orElse(0) > 0) {
        expired += skipped(log.getKey(), log.getValue(), account.get());
      }
    }
    long rest = Math.max(0, unread - expired);
    return Math.min(unread, expired) + Math.min(rest, erased);
  }

  /** The records of the entries before the first that a plan of the dataset took. */
  private long skipped(String topic, ManifestLog log, PlanAccount last) {
    if (last.position(dataset, topic) == 0) {
      return 0;
    }
    long low = 0;
    long high = last.plan();
    while (low < high) {
      long middle = low + (high - low) / 2;
      boolean begun =
          plans.account(middle).map(done -> done.position(dataset, topic) > 0).orElse(false);
      if (begun) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    long from =
        plans.plan(high).orElseThrow().source().ranges().stream()
            .filter(range -> range.topic().equals(topic))
            .mapToLong(EntryRange::from)
            .findFirst()
            .orElse(0);
    return from == 0 ? 0 : log.entry(from - 1).map(entry -> entry.totals().records()).orElse(0L);
  }
}
