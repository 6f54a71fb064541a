package dev.tributary.phase2.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlansOfEntryTest {
  @TempDir Path folder;
  private PlanLog log;
  private long next;
  private Optional<Backfilled> backfilled = Optional.empty();

  @BeforeEach
  void open() {
    log = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
  }

  @Test
  void eachEntryHasThePlanThatTookItAndTheBackfillsThatReadItAgain() {
    live(PlanOutcome.COMMITTED, 1, 4);
    live(PlanOutcome.COMMITTED, 5, 9);
    backfill(2, 6);
    live(PlanOutcome.COMMITTED, 10, 12);
    backfill(10, 12);

    assertThat(plans(1L)).containsExactly(0L);
    assertThat(plans(5L)).containsExactly(1L, 2L);
    assertThat(plans(1L, 4L, 11L)).containsExactly(0L, 2L, 3L, 4L);
    assertThat(plans(13L)).as("unread").isEmpty();
    assertThat(new PlansOfEntry(log).of(Map.of("others", Set.of(1L)))).isEmpty();
  }

  @Test
  void aVoidPlanIsFoundAlsoWhereItsEntriesWereCutIntoSmallerOnes() {
    live(PlanOutcome.COMMITTED, 1, 1);
    live(PlanOutcome.VOID, 2, 9);
    live(PlanOutcome.VOID, 2, 8);
    live(PlanOutcome.COMMITTED, 2, 3);
    live(PlanOutcome.COMMITTED, 4, 5);
    live(PlanOutcome.COMMITTED, 6, 9);

    assertThat(plans(9L)).containsExactly(1L, 5L);
    assertThat(plans(8L)).containsExactly(1L, 2L, 5L);
    assertThat(plans(3L)).containsExactly(1L, 2L, 3L);
    assertThat(plans(1L)).containsExactly(0L);
  }

  private Set<Long> plans(Long... entries) {
    return new PlansOfEntry(log).of(Map.of("orders", List.of(entries)));
  }

  private void live(PlanOutcome outcome, long from, long to) {
    put(PlanKind.LIVE, outcome, from, to, outcome == PlanOutcome.VOID ? from : to + 1);
  }

  private void backfill(long from, long to) {
    long position = log.latestAccount().orElseThrow().position("orders", "orders");
    backfilled = Optional.of(new Backfilled(next, Map.of()));
    put(PlanKind.REPLAY, PlanOutcome.COMMITTED, from, to, position);
  }

  private void put(PlanKind kind, PlanOutcome outcome, long from, long to, long position) {
    Map<String, Map<String, Long>> positions = Map.of("orders", Map.of("orders", position));
    log.put(
        new Plan(
            1,
            next,
            0,
            "id-" + next,
            kind,
            "orders",
            3,
            "run",
            17,
            new PlanSource("file:/raw", List.of(new EntryRange("orders", from, to))),
            List.of(),
            positions,
            Optional.empty()));
    log.put(
        new PlanAccount(
            1,
            next,
            0,
            "id-" + next,
            "run",
            18,
            outcome,
            "orders",
            3,
            PlanCounts.NONE,
            new TableVersions(Optional.of(17L), Optional.empty(), Optional.empty()),
            List.of(),
            positions,
            Map.of("orders", 3L),
            Map.of(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            backfilled,
            List.of(),
            Map.of(),
            Map.of(),
            Optional.empty()));
    next++;
  }
}
