package dev.tributary.phase2.plan;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the plans that have read an entry of an archive, in a few requests a dataset and two a
 * backfill, replay or erasure.
 */
public final class PlansOfEntry {
  private final PlanLog log;

  /** Of a table. */
  public PlansOfEntry(PlanLog log) {
    this.log = log;
  }

  /** The numbers of the plans that read it, void ones included, as far as they are done. */
  public Set<Long> of(String topic, long sequence) {
    Set<Long> plans = new TreeSet<>();
    Optional<PlanAccount> latest = log.latestAccount();
    latest.map(PlanAccount::positions).orElse(Map.of()).keySet().stream()
        .filter(dataset -> latest.orElseThrow().position(dataset, topic) > sequence)
        .forEach(dataset -> live(dataset, topic, sequence, latest.orElseThrow().plan(), plans));
    BackfillHistory history = new BackfillHistory(log);
    Optional<BackfillHistory.Done> done = history.newest(latest);
    while (done.isPresent()) {
      if (reads(done.get().plan(), topic, sequence)) {
        plans.add(done.get().plan().plan());
      }
      done = history.before(done.get());
    }
    return plans;
  }

  private void live(String dataset, String topic, long sequence, long last, Set<Long> plans) {
    long low = 0;
    long taken = last;
    while (low < taken) {
      long middle = low + (taken - low) / 2;
      if (log.account(middle)
          .filter(done -> done.position(dataset, topic) > sequence)
          .isPresent()) {
        taken = middle;
      } else {
        low = middle + 1;
      }
    }
    plans.add(taken);
    // Those that were made void before it had the same entries.
    for (long n = taken - 1; n >= 0; n--) {
      Plan plan = log.plan(n).orElseThrow();
      boolean live = plan.kind() == PlanKind.LIVE && plan.dataset().equals(dataset);
      if (live && reads(plan, topic, sequence)) {
        plans.add(n);
      }
      if (live && !reads(plan, topic, sequence)) {
        return;
      }
    }
  }

  private static boolean reads(Plan plan, String topic, long sequence) {
    return plan.source().ranges().stream()
        .anyMatch(
            range ->
                range.topic().equals(topic) && range.from() <= sequence && sequence <= range.to());
  }
}
