package dev.tributary.cli.reconcile;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanLog;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * How many rows a table has by its accounts: each row was inserted once, and is there unless it was
 * deleted, or replaced by a backfill while the table was one that is appended to. Soft deletes
 * leave their rows. Where a dataset has had both kinds of deletes nobody counted them apart, and
 * the number lies between two.
 *
 * @param least rows that must be there
 * @param most rows that may be there
 */
record UpsertRows(long least, long most) {
  /** Of all datasets that feed the table. */
  static UpsertRows of(PlanAccount account, PlanLog plans) {
    long least = 0;
    long most = 0;
    for (String dataset : account.inForce().keySet()) {
      PlanCounts live = account.totals().getOrDefault(dataset, PlanCounts.NONE);
      BackfillTotals again = backfilled(account, dataset);
      long inserted = live.inserted() + again.counts().inserted() - again.replaced().rows();
      long deleted = live.deleted() + again.counts().deleted();
      Set<Boolean> leaves = leavesRows(dataset, account, plans);
      least += leaves.equals(Set.of(true)) ? inserted : inserted - deleted;
      most += leaves.contains(true) ? inserted : inserted - deleted;
    }
    return new UpsertRows(least, most);
  }

  private static BackfillTotals backfilled(PlanAccount account, String dataset) {
    return account.backfilled().map(all -> all.of(dataset)).orElse(BackfillTotals.NONE);
  }

  /** Whether deletes leave rows, by each version that was ever in force for the table's rows. */
  private static Set<Boolean> leavesRows(String dataset, PlanAccount account, PlanLog plans) {
    long first =
        Optional.ofNullable(account.cutovers().get(dataset))
            .flatMap(plans::planned)
            .map(Plan::datasetVersion)
            .orElse(1L);
    return LongStream.rangeClosed(first, account.inForce().getOrDefault(dataset, 0L))
        .mapToObj(version -> plans.spec(dataset, version))
        .flatMap(spec -> spec.stream())
        .map(UpsertRows::leavesRows)
        .collect(Collectors.toSet());
  }

  private static boolean leavesRows(DatasetSpec spec) {
    return spec.write().mode() == WriteMode.UPSERT && spec.write().deletes() == Deletes.SOFT;
  }
}
