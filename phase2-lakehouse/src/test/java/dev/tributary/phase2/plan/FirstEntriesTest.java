package dev.tributary.phase2.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FirstEntriesTest {
  @TempDir Path folder;
  private PlanLog log;
  private Map<String, Long> cutovers = Map.of();

  @BeforeEach
  void open() {
    log = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
  }

  @Test
  void aTableBeginsWithTheFirstEntryOfTheFirstPlanThatReadAny() {
    done(plan(0, Map.of(), Map.of()));
    done(plan(1, Map.of("orders", 3L), Map.of("orders", 7L)));
    done(plan(2, Map.of("orders", 7L), Map.of("orders", 9L)));
    PlanAccount last = done(plan(3, Map.of("more", 1L), Map.of("orders", 9L, "more", 2L)));

    assertThat(FirstEntries.of(log, "orders", "orders", last)).isEqualTo(3);
    assertThat(FirstEntries.of(log, "orders", "more", last)).isEqualTo(1);
    assertThat(FirstEntries.of(log, "orders", "other", last)).isZero();
  }

  @Test
  void aTableThatWasCutOverBeginsWithWhatTheNewOneHadRead() {
    done(plan(0, Map.of("orders", 0L), Map.of("orders", 7L)));
    Cutover to =
        new Cutover(
            1,
            "file:/lake/orders/rebuilt-2",
            "8c1f",
            4,
            4,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            PlanCounts.NONE,
            BackfillTotals.NONE,
            Optional.empty(),
            Map.of("orders", 5L, "more", 2L),
            0);
    PlanAccount cutOver = done(plan(1, Map.of(), Map.of("orders", 9L, "more", 4L)).cuttingOver(to));
    PlanAccount last =
        done(plan(2, Map.of("later", 3L), Map.of("orders", 9L, "more", 4L, "later", 6L)));

    for (PlanAccount each : List.of(cutOver, last)) {
      assertThat(FirstEntries.of(log, "orders", "orders", each)).isEqualTo(5);
      assertThat(FirstEntries.of(log, "orders", "more", each)).isEqualTo(2);
    }
    assertThat(FirstEntries.of(log, "orders", "later", last)).isEqualTo(3);
  }

  private PlanAccount done(Plan plan) {
    log.put(plan);
    plan.cutover().ifPresent(to -> cutovers = Map.of("orders", plan.plan()));
    PlanAccount account =
        new PlanAccount(
            Plan.FORMAT,
            plan.plan(),
            0,
            plan.id(),
            "run",
            18,
            PlanOutcome.COMMITTED,
            "orders",
            1,
            PlanCounts.NONE,
            new TableVersions(Optional.empty(), Optional.empty(), Optional.empty()),
            List.of(),
            plan.positions(),
            Map.of("orders", 1L),
            Map.of(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Map.of(),
            cutovers,
            Optional.empty());
    log.put(account);
    return account;
  }

  /** A plan that reads from the given entries up to the positions. */
  private static Plan plan(long number, Map<String, Long> from, Map<String, Long> positions) {
    return new Plan(
        Plan.FORMAT,
        number,
        0,
        "id" + number,
        PlanKind.LIVE,
        "orders",
        1,
        "run",
        17,
        new PlanSource(
            "file:/raw",
            from.entrySet().stream()
                .map(
                    each ->
                        new EntryRange(
                            each.getKey(), each.getValue(), positions.get(each.getKey()) - 1))
                .toList()),
        List.of(),
        Map.of("orders", positions),
        Optional.empty());
  }
}
