package dev.tributary.cli.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.Backfilled;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.Replaced;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpsertRowsTest {
  @TempDir Path folder;

  @Test
  void aHardDeleteTakesARowAwayAndASoftOneLeavesIt() {
    PlanLog plans = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
    put(plans, "hard", 1, Deletes.HARD);
    put(plans, "soft", 1, Deletes.SOFT);

    assertThat(UpsertRows.of(account(Map.of("hard", 1L)), plans)).isEqualTo(new UpsertRows(70, 70));
    assertThat(UpsertRows.of(account(Map.of("soft", 1L)), plans))
        .isEqualTo(new UpsertRows(100, 100));
    assertThat(UpsertRows.of(account(Map.of("hard", 1L, "soft", 1L)), plans))
        .as("two datasets that feed one table")
        .isEqualTo(new UpsertRows(170, 170));
  }

  @Test
  void whereBothKindsOfDeletesWereInForceTheNumberLiesBetween() {
    PlanLog plans = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
    put(plans, "orders", 1, Deletes.SOFT);
    put(plans, "orders", 2, Deletes.HARD);

    assertThat(UpsertRows.of(account(Map.of("orders", 2L)), plans))
        .isEqualTo(new UpsertRows(70, 100));
    assertThat(UpsertRows.of(account(Map.of("orders", 1L)), plans))
        .isEqualTo(new UpsertRows(100, 100));
  }

  @Test
  void rowsThatABackfillReplacedBeforeTheTableHadAKeyAreNotExpected() {
    PlanLog plans = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
    put(plans, "orders", 1, Deletes.HARD);
    PlanCounts again = new PlanCounts(25, 25, 0, 0, 0, 0, 0, 0, 0);

    assertThat(
            UpsertRows.of(
                account(
                    Map.of("orders", 1L),
                    new Backfilled(
                        6, Map.of("orders", new BackfillTotals(again, new Replaced(20, 3))))),
                plans))
        .isEqualTo(new UpsertRows(75, 75));
  }

  @Test
  void afterACutOverOnlyTheDeletesOfItsVersionAndLaterOnesCount() {
    PlanLog plans = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
    put(plans, "orders", 1, Deletes.SOFT);
    put(plans, "orders", 2, Deletes.HARD);
    plans.put(
        new Plan(
            Plan.FORMAT,
            0,
            0,
            "id",
            PlanKind.CUTOVER,
            "orders",
            2,
            "run",
            17,
            new PlanSource("file:/raw", List.of()),
            List.of(),
            Map.of(),
            Optional.empty()));
    PlanAccount before = account(Map.of("orders", 2L));
    PlanAccount after =
        new PlanAccount(
            Plan.FORMAT,
            7,
            0,
            "plan",
            "run",
            0,
            PlanOutcome.COMMITTED,
            "orders",
            2,
            PlanCounts.NONE,
            null,
            null,
            null,
            before.inForce(),
            before.totals(),
            null,
            null,
            null,
            null,
            null,
            null,
            Map.of("orders", 0L),
            Optional.empty());

    assertThat(UpsertRows.of(after, plans)).isEqualTo(new UpsertRows(70, 70));
  }

  private static void put(PlanLog plans, String dataset, long version, Deletes deletes) {
    plans.putSpec(
        version,
        new DatasetSpec(
            dataset,
            "orders",
            null,
            new TargetSpec("s3a://bucket/lake/orders", null, null),
            List.of(ColumnSpec.of("id", "string"), ColumnSpec.of("n", "bigint")),
            new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("n"), deletes, null),
            null,
            null,
            null,
            null));
  }

  /** Each dataset has inserted 100 rows and deleted 30. */
  private static PlanAccount account(Map<String, Long> inForce) {
    return account(inForce, null);
  }

  private static PlanAccount account(Map<String, Long> inForce, Backfilled backfilled) {
    PlanCounts counts = new PlanCounts(140, 100, 10, 30, 0, 0, 0, 0, 0);
    Map<String, PlanCounts> totals = new HashMap<>();
    inForce.keySet().forEach(dataset -> totals.put(dataset, counts));
    return new PlanAccount(
        Plan.FORMAT,
        7,
        0,
        "plan",
        "run",
        0,
        PlanOutcome.COMMITTED,
        "orders",
        1,
        counts,
        null,
        null,
        null,
        inForce,
        totals,
        null,
        null,
        null,
        Optional.ofNullable(backfilled),
        List.of(),
        Map.of(),
        Map.of(),
        Optional.empty());
  }
}
