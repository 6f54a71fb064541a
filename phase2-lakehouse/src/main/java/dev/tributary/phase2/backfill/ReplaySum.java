package dev.tributary.phase2.backfill;

import dev.tributary.phase2.execute.Rehearsed;
import dev.tributary.phase2.plan.BackfillHistory;
import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.Replaced;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Adds up the plans of a replay. */
final class ReplaySum {
  private static final int MOST_FAILURES = 20;

  private int plans;
  private long selected;
  private long absent;
  private PlanCounts counts = PlanCounts.NONE;
  private Replaced replaced = Replaced.NOTHING;
  private final Map<String, Long> byCode = new TreeMap<>();
  private final List<BadRecords.Bad> failures = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();

  /**
   * Adds the plans that a run has put, whoever has done them.
   *
   * @param first the least number that they may have
   */
  void add(PlanLog log, Optional<PlanAccount> account, String run, long first) {
    BackfillHistory history = new BackfillHistory(log);
    Optional<BackfillHistory.Done> done = history.newest(account);
    while (done.isPresent() && done.get().plan().plan() >= first) {
      Plan plan = done.get().plan();
      if (plan.kind() == PlanKind.REPLAY
          && plan.run().equals(run)
          && plan.again().isEmpty()
          && done.get().committed()) {
        add(plan, done.get().account(), log.badRecords(plan.plan()));
      }
      done = history.before(done.get());
    }
  }

  private void add(Plan plan, PlanAccount account, Optional<BadRecords> decided) {
    plans++;
    selected += plan.replay().orElseThrow().records();
    // A plan that found none of its records has nothing to say of them.
    absent +=
        decided
            .map(bad -> (long) bad.absent().size())
            .orElse(plan.replay().orElseThrow().records());
    counts = counts.plus(account.counts());
    replaced = replaced.plus(account.replaced().orElse(Replaced.NOTHING));
    decided.ifPresent(bad -> bad.records().forEach(this::add));
  }

  private void add(BadRecords.Bad bad) {
    byCode.merge(bad.code(), 1L, Long::sum);
    if (failures.size() < MOST_FAILURES) {
      failures.add(bad);
    }
  }

  /** Adds what a plan would do. */
  void add(Plan plan, Rehearsed rehearsed) {
    plans++;
    selected += plan.replay().orElseThrow().records();
    absent += plan.replay().orElseThrow().records() - rehearsed.replaced().quarantined();
    counts = counts.plus(rehearsed.counts());
    replaced = replaced.plus(rehearsed.replaced());
    rehearsed.failuresByCode().forEach((code, count) -> byCode.merge(code, count, Long::sum));
    rehearsed.failures().stream()
        .limit(Math.max(0, MOST_FAILURES - failures.size()))
        .forEach(failures::add);
    rehearsed.refusal().ifPresent(refusals::add);
  }

  /** Adds a plan that could not be done. */
  void refused(Plan plan, String why) {
    plans++;
    selected += plan.replay().orElseThrow().records();
    refusals.add(why);
  }

  /** What was done. */
  ReplayReport done(BackfillTarget target, String dataset, long version, long expired) {
    return report(target, dataset, version, expired, false);
  }

  /** What would be done. */
  ReplayReport tried(BackfillTarget target, String dataset, long version, long expired) {
    return report(target, dataset, version, expired, true);
  }

  private ReplayReport report(
      BackfillTarget target, String dataset, long version, long expired, boolean dry) {
    return new ReplayReport(
        dataset,
        version,
        target.registered() > version ? OptionalLong.of(target.registered()) : OptionalLong.empty(),
        dry,
        target.log().folders().table().toString(),
        plans,
        selected + expired,
        replaced.quarantined() - counts.quarantined(),
        counts.quarantined(),
        expired,
        absent,
        counts,
        byCode,
        failures,
        refusals);
  }
}
