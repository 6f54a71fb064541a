package dev.tributary.phase2.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the plans that have read entries of an archive: in three requests a backfill, replay or
 * erasure, however many entries there are, and some forty for each live plan that has read any.
 * Used by one thread.
 */
public final class PlansOfEntry {
  /**
   * Into as many plans the entries of a void one may have been cut at least, and it is found. A
   * void one among these begins the count anew.
   */
  private static final int PIECES = 8;

  private final PlanLog log;
  private final Map<Long, Optional<Live>> seen = new HashMap<>();

  /** A live plan that is done. */
  private record Live(Plan plan, boolean isVoid) {}

  /** Of a table. */
  public PlansOfEntry(PlanLog log) {
    this.log = log;
  }

  /**
   * The numbers of the plans that read any of them, void ones included, as far as they are done.
   *
   * @param entries sequences by topic
   */
  public Set<Long> of(Map<String, ? extends Collection<Long>> entries) {
    Map<String, NavigableSet<Long>> wanted = new TreeMap<>();
    entries.forEach((topic, sequences) -> wanted.put(topic, new TreeSet<>(sequences)));
    Set<Long> plans = new TreeSet<>();
    Optional<PlanAccount> latest = log.latestAccount();
    latest.ifPresent(
        last ->
            last.positions()
                .keySet()
                .forEach(
                    dataset ->
                        wanted.forEach(
                            (topic, sequences) -> live(dataset, topic, sequences, last, plans))));
    BackfillHistory history = new BackfillHistory(log);
    Optional<BackfillHistory.Done> done = history.newest(latest);
    while (done.isPresent()) {
      Plan plan = done.get().plan();
      if (wanted.entrySet().stream()
          .anyMatch(each -> reads(plan, each.getKey(), each.getValue()))) {
        plans.add(plan.plan());
      }
      done = history.before(done.get());
    }
    return plans;
  }

  private void live(
      String dataset, String topic, NavigableSet<Long> entries, PlanAccount last, Set<Long> plans) {
    NavigableSet<Long> left = entries.headSet(last.position(dataset, topic), false);
    while (!left.isEmpty()) {
      long taken = taken(dataset, topic, left.last(), last.plan());
      long from = taken == 0 ? 0 : log.account(taken - 1).orElseThrow().position(dataset, topic);
      plans.add(taken);
      voids(dataset, topic, new TreeSet<>(left.tailSet(from, true)), taken, plans);
      left = left.headSet(from, false);
    }
  }

  /** The first plan behind which an entry is below the position. */
  private long taken(String dataset, String topic, long sequence, long last) {
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
    return taken;
  }

  /**
   * Those that were made void before it had the same entries. Others may have come in between that
   * had some of their entries, where batches became smaller meanwhile.
   */
  private void voids(
      String dataset, String topic, NavigableSet<Long> entries, long taken, Set<Long> plans) {
    int committed = 0;
    for (long n = taken - 1; n >= 0 && committed < PIECES; n--) {
      Optional<Live> live = seen.computeIfAbsent(n, this::liveAt);
      if (live.isEmpty() || !live.get().plan().dataset().equals(dataset)) {
        continue;
      }
      committed = live.get().isVoid() ? 0 : committed + 1;
      if (live.get().isVoid() && reads(live.get().plan(), topic, entries)) {
        plans.add(n);
      }
    }
  }

  private Optional<Live> liveAt(long n) {
    return log.plan(n)
        .filter(plan -> plan.kind() == PlanKind.LIVE)
        .map(plan -> new Live(plan, log.account(n).orElseThrow().outcome() == PlanOutcome.VOID));
  }

  private static boolean reads(Plan plan, String topic, NavigableSet<Long> entries) {
    return plan.source().ranges().stream()
        .anyMatch(
            range ->
                range.topic().equals(topic)
                    && !entries.subSet(range.from(), true, range.to(), true).isEmpty());
  }
}
