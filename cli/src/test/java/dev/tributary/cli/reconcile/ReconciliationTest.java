package dev.tributary.cli.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReconciliationTest {
  private static final String TABLE = "s3a://bucket/lake/orders";

  @Test
  void everythingHeldAndWrittenBalances() {
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 0, 100)),
            List.of(held(0, 100, 97, Map.of("transactional", 3L))),
            plans(4, 97, 97, Map.of("read", 97L, "inserted", 90L, "quarantined", 7L)));

    assertThat(reconciliation.findings()).isEmpty();
    assertThat(reconciliation.verdict()).isEqualTo(Verdict.BALANCED);
    assertThat(reconciliation.verdict().exitCode()).isZero();
  }

  @Test
  void recordsThatAreStillInKafkaOrOnlyInTheArchiveWait() {
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 0, 120)),
            List.of(held(0, 100, 100, Map.of())),
            plans(4, 60, 100, Map.of("read", 60L, "inserted", 60L)));

    assertThat(reconciliation.partitions().get(0).waiting()).isEqualTo(20);
    assertThat(reconciliation.table().waiting()).isEqualTo(40);
    assertThat(reconciliation.verdict()).isEqualTo(Verdict.WAITING);
    assertThat(reconciliation.verdict().exitCode()).isEqualTo(75);
  }

  @Test
  void whatRetentionTookBeforeItWasArchivedIsMissing() {
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 130, 200)),
            List.of(held(0, 100, 100, Map.of())),
            plans(0, 100, 100, Map.of("read", 100L, "inserted", 100L)));

    PartitionAccount account = reconciliation.partitions().get(0);
    assertThat(account.missing()).isEqualTo(30);
    assertThat(account.waiting()).isEqualTo(70);
    assertThat(reconciliation.verdict().exitCode()).isEqualTo(3);
    assertThat(reconciliation.findings())
        .containsExactly(
            "orders/0: 30 offsets are neither in the archive nor explained by a gap; the archive"
                + " goes to 100.");
  }

  @Test
  void aPartitionThatWasAddedIsArchivedFromItsFirstOffsetAndANewTopicFromWhatIsLeft() {
    PlanFacts plans = plans(0, 100, 100, Map.of("read", 100L, "inserted", 100L));
    Reconciliation added =
        reconcile(
            List.of(range(0, 0, 100), range(1, 5, 9)), List.of(held(0, 100, 100, Map.of())), plans);
    assertThat(added.partitions().get(1).missing()).isEqualTo(5);
    assertThat(added.partitions().get(1).next()).isZero();
    assertThat(added.partitions().get(1).waiting()).isEqualTo(4);
    assertThat(added.verdict().exitCode()).isEqualTo(3);

    Reconciliation fresh = reconcile(List.of(range(0, 5, 9)), List.of(), plans(0, 0, 0, Map.of()));
    assertThat(fresh.partitions().get(0).missing()).isZero();
    assertThat(fresh.verdict().exitCode()).isEqualTo(75);
  }

  @Test
  void aHoleWithoutAGapIsMissingAndAnExcessIsTwice() {
    PlanFacts plans = plans(0, 0, 0, Map.of());

    assertThat(
            reconcile(List.of(range(0, 0, 10)), List.of(held(0, 10, 8, Map.of())), plans)
                .partitions()
                .get(0)
                .missing())
        .isEqualTo(2);
    assertThat(
            reconcile(List.of(range(0, 0, 10)), List.of(held(0, 10, 11, Map.of())), plans)
                .partitions()
                .get(0)
                .twice())
        .isEqualTo(1);
  }

  @Test
  void rowsThatStepsMakeOfRecordsBalanceThem() {
    Map<String, Long> balanced =
        Map.of("read", 6L, "made", 3L, "inserted", 4L, "filtered", 3L, "quarantined", 2L);

    TableAccount table =
        reconcile(
                List.of(range(0, 0, 6)), List.of(held(0, 6, 6, Map.of())), plans(0, 6, 6, balanced))
            .table();
    assertThat(table.missing()).isZero();
    assertThat(table.twice()).isZero();

    Map<String, Long> lacking = new TreeMap<>(balanced);
    lacking.put("inserted", 3L);
    assertThat(
            reconcile(
                    List.of(range(0, 0, 6)),
                    List.of(held(0, 6, 6, Map.of())),
                    plans(0, 6, 6, lacking))
                .table()
                .missing())
        .isEqualTo(1);
  }

  @Test
  void anArchiveAheadOfKafkaIsAnotherTopic() {
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 0, 40)),
            List.of(held(0, 100, 100, Map.of())),
            plans(0, 100, 100, Map.of("read", 100L, "inserted", 100L)));

    assertThat(reconciliation.verdict()).isEqualTo(Verdict.UNACCOUNTED);
    assertThat(reconciliation.findings().get(0))
        .contains("the archive goes to 100, Kafka only to 40");
  }

  @Test
  void onlyTheCurrentIncarnationIsComparedWithKafka() {
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 0, 7)),
            List.of(
                held(0, 500, 500, Map.of()),
                new HeldPartition("orders", 1, 0, 7, 7, Map.of(), 0, 0)),
            plans(0, 507, 507, Map.of("read", 507L, "inserted", 507L)));

    assertThat(reconciliation.findings()).isEmpty();
    assertThat(reconciliation.partitions().get(0).kafka()).isEmpty();
    assertThat(reconciliation.verdict()).isEqualTo(Verdict.BALANCED);
  }

  @Test
  void recordsThatAPlanReadAndNothingAccountsForAreMissing() {
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 0, 100)),
            List.of(held(0, 100, 100, Map.of())),
            plans(2, 100, 100, Map.of("read", 99L, "inserted", 98L)));

    assertThat(reconciliation.table().missing()).isEqualTo(2);
    assertThat(reconciliation.findings().get(0)).contains("2 archived records of done plans");
  }

  @Test
  void recordsThatAreAccountedForMoreThanOnceAreTwice() {
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 0, 100)),
            List.of(held(0, 100, 100, Map.of())),
            plans(2, 100, 100, Map.of("read", 100L, "inserted", 103L)));

    assertThat(reconciliation.table().twice()).isEqualTo(3);
    assertThat(reconciliation.verdict()).isEqualTo(Verdict.UNACCOUNTED);
  }

  @Test
  void whatBackfillsReadAgainIsNoPartOfTheSumAndHasToAddUpByItself() {
    Map<String, Long> live = Map.of("read", 100L, "inserted", 90L, "quarantined", 10L);
    Reconciliation exact =
        reconcile(
            List.of(range(0, 0, 100)),
            List.of(held(0, 100, 100, Map.of())),
            backfilled(live, Map.of("read", 70L, "held", 60L, "inserted", 10L)));
    Reconciliation lost =
        reconcile(
            List.of(range(0, 0, 100)),
            List.of(held(0, 100, 100, Map.of())),
            backfilled(live, Map.of("read", 70L, "held", 60L, "inserted", 9L)));

    assertThat(exact.findings()).isEmpty();
    assertThat(exact.verdict()).isEqualTo(Verdict.BALANCED);
    assertThat(lost.table().missing()).isEqualTo(1);
    assertThat(lost.verdict()).isEqualTo(Verdict.UNACCOUNTED);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ReconciliationText.print(exact, new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("Backfills and replays read 70 records again = 10 inserted + 60 held");
  }

  @Test
  void whatAReplayResolvedStandsInTheQuarantineNoMore() {
    PlanFacts facts =
        new PlanFacts(
            OptionalLong.of(4),
            false,
            100,
            100,
            Map.of("read", 100L, "inserted", 90L, "quarantined", 10L),
            OptionalLong.of(4),
            List.of(),
            OptionalLong.empty(),
            Map.of("read", 8L, "inserted", 6L, "quarantined", 2L),
            8);
    Reconciliation reconciliation =
        reconcile(List.of(range(0, 0, 100)), List.of(held(0, 100, 100, Map.of())), facts);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ReconciliationText.print(reconciliation, new PrintStream(out, true, StandardCharsets.UTF_8));

    assertThat(reconciliation.verdict()).isEqualTo(Verdict.BALANCED);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("read 8 records again = 6 inserted + 2 quarantined")
        .contains("  4 records stand in the quarantine; replays and backfills took up the others");
  }

  private static PlanFacts backfilled(Map<String, Long> live, Map<String, Long> again) {
    return new PlanFacts(
        OptionalLong.of(4),
        false,
        100,
        100,
        live,
        OptionalLong.of(4),
        List.of(),
        OptionalLong.empty(),
        again);
  }

  @Test
  void aTableWithoutTheMarkOfItsLastPlanWasRestored() {
    PlanFacts facts =
        new PlanFacts(
            OptionalLong.of(9),
            false,
            5,
            5,
            Map.of("read", 5L, "inserted", 5L),
            OptionalLong.of(7),
            List.of(),
            OptionalLong.empty());
    Reconciliation reconciliation =
        reconcile(List.of(range(0, 0, 5)), List.of(held(0, 5, 5, Map.of())), facts);

    assertThat(reconciliation.findings().get(0))
        .contains("plan 9 is done, but the table bears plan 7");
  }

  @Test
  void aPlanThatDidNotBalanceAndARestoreSinceTheLastPlanAreReported() {
    PlanFacts facts =
        new PlanFacts(
            OptionalLong.of(9),
            false,
            5,
            5,
            Map.of("read", 5L, "inserted", 5L),
            OptionalLong.of(9),
            List.of(3L),
            OptionalLong.of(12));
    Reconciliation reconciliation =
        reconcile(List.of(range(0, 0, 5)), List.of(held(0, 5, 5, Map.of())), facts);

    assertThat(reconciliation.findings()).hasSize(2);
    assertThat(reconciliation.findings().get(0)).contains("the counts of the plans [3]");
    assertThat(reconciliation.findings().get(1)).contains("version 12 is a RESTORE");
    assertThat(reconciliation.verdict().exitCode()).isEqualTo(3);
  }

  @Test
  void readingTheDataAddsWhatTheLogsCannotKnow() {
    Reconciliation byLogs =
        reconcile(
            List.of(range(0, 0, 10)),
            List.of(held(0, 10, 10, Map.of())),
            plans(0, 10, 10, Map.of("read", 10L, "inserted", 10L)));
    PartitionId id = new PartitionId("orders", 0, 0);

    Reconciliation deep =
        byLogs.with(new DeepFindings(Map.of(id, 1L), Map.of(id, 2L), 3, 4, List.of("odd")));

    assertThat(deep.partitions().get(0).missing()).isEqualTo(1);
    assertThat(deep.partitions().get(0).twice()).isEqualTo(2);
    assertThat(deep.table().missing()).isEqualTo(3);
    assertThat(deep.table().twice()).isEqualTo(4);
    assertThat(deep.findings()).hasSize(5).contains("odd");
    assertThat(deep.verdict()).isEqualTo(Verdict.UNACCOUNTED);
  }

  @Test
  void whatExpiredOrWasErasedIsShownAndBalances() {
    HeldPartition held =
        new HeldPartition("orders", 0, 0, 2_000, 1_997, Map.of("compacted", 3L), 1_000, 2);
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 500, 2_000)),
            List.of(held),
            plans(4, 1_997, 1_997, Map.of("read", 1_997L, "inserted", 1_997L)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ReconciliationText.print(reconciliation, new PrintStream(bytes, true, StandardCharsets.UTF_8));

    assertThat(reconciliation.verdict()).isEqualTo(Verdict.BALANCED);
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("held to  records  - expired  - erased  compacted")
        .contains("2,000    1,997      1,000         2          3")
        .doesNotContain("tributary quarantine");
    assertThat(new String(Json.write(reconciliation), StandardCharsets.UTF_8))
        .contains("\"expired\":1000,\"erased\":2");
  }

  @Test
  void peopleSeeATableAndMachinesJson() {
    Reconciliation reconciliation =
        reconcile(
            List.of(range(0, 0, 2_000)),
            List.of(held(0, 2_000, 1_997, Map.of("compacted", 3L))),
            plans(
                4,
                1_997,
                1_997,
                Map.of("read", 1_997L, "inserted", 1_989L, "quarantined", 1L, "late", 7L)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ReconciliationText.print(reconciliation, new PrintStream(bytes, true, StandardCharsets.UTF_8));

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("topic   partition  kafka start  kafka end  held to  records  compacted")
        .contains("orders          0            0      2,000    2,000    1,997          3")
        .contains("archived  = read  = inserted  + quarantined  + late  | waiting")
        .contains("What was quarantined: ./tributary quarantine list --dataset orders\n")
        .contains("BALANCED (by the logs)");
    assertThat(new String(Json.write(reconciliation), StandardCharsets.UTF_8))
        .contains("\"dataset\":\"orders\"")
        .contains("\"gaps\":{\"compacted\":3}")
        .contains("\"verdict\":\"balanced\"");
  }

  private static Reconciliation reconcile(
      List<KafkaRange> kafka, List<HeldPartition> held, PlanFacts plans) {
    return Reconciliation.of("orders", TABLE, kafka, held, plans);
  }

  private static KafkaRange range(int partition, long start, long end) {
    return new KafkaRange("orders", partition, start, end, end);
  }

  private static HeldPartition held(
      int partition, long next, long records, Map<String, Long> gaps) {
    return new HeldPartition("orders", 0, partition, next, records, gaps, 0, 0);
  }

  private static PlanFacts plans(long last, long planned, long held, Map<String, Long> totals) {
    return new PlanFacts(
        OptionalLong.of(last),
        false,
        planned,
        held,
        totals,
        OptionalLong.of(last),
        List.of(),
        OptionalLong.empty());
  }
}
