package dev.tributary.cli.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.ArchiveErasure;
import dev.tributary.archive.Author;
import dev.tributary.archive.RecordPlace;
import dev.tributary.cli.KernelTable;
import dev.tributary.cli.OrdersFixture;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.CoordinatesSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.Backfilled;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.plan.ReplaySelection;
import dev.tributary.phase2.plan.Succession;
import dev.tributary.phase2.plan.TableVersions;
import dev.tributary.phase2.step.Coordinates;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Five records: 0 went to the table, 1 to 4 to the quarantine. Then a replay wrote 1, left 2 out by
 * a filter, and set 3 aside again; 4 it was not asked for.
 */
final class DeepCountTest {
  private static final PlanCounts LIVE = new PlanCounts(5, 1, 0, 0, 0, 4, 0, 0, 0);
  private static final PlanCounts AGAIN = new PlanCounts(3, 1, 0, 0, 1, 1, 0, 0, 0);
  private static final Map<String, Map<String, Long>> POSITIONS =
      Map.of("orders", Map.of("orders", 2L));

  @TempDir private Path folder;
  private OrdersFixture orders;
  private String location;
  private PlanLog plans;
  private CoordinatesSpec names = CoordinatesSpec.standard();

  @BeforeEach
  void anArchiveAndTheAccountsOfAReplay() throws Exception {
    orders = new OrdersFixture(folder);
    Optional<byte[]> value = Optional.of("{\"id\":1}".getBytes(StandardCharsets.UTF_8));
    orders.archive(0, OrdersFixture.FIRST, Collections.nCopies(5, value));
    location = orders.table().toUri().toString();
    plans = PlanLog.open(location, new Configuration());
    plans.put(plan(0, PlanKind.LIVE, Optional.empty()));
    plans.put(account(0, LIVE, Optional.empty()));
    plans.put(
        plan(
            1,
            PlanKind.REPLAY,
            Optional.of(
                new ReplaySelection(List.of("not-json"), List.of(), 3, Map.of("orders", 1L)))));
    plans.put(
        account(
            1,
            AGAIN,
            Optional.of(
                new Backfilled(
                    1, Map.of("orders", new BackfillTotals(AGAIN, new Replaced(0, 3)))))));
  }

  @AfterEach
  void stop() {
    orders.close();
  }

  @Test
  void aResolvedRecordCountsAsWhatItsReplayMadeOfItAndNotAsQuarantined() throws Exception {
    table(0, 1);
    quarantine(row(1, 0, 1), row(2, 0, 1), row(3, 1, -1), row(4, 0, -1));

    DeepFindings found = count();

    assertThat(found.findings()).isEmpty();
    assertThat(found.missingInTable()).isZero();
    assertThat(found.twiceInTable()).isZero();
  }

  @Test
  void theTableMayCallItsCoordinatesOtherwise() throws Exception {
    names = new CoordinatesSpec("source", null, null, "Kafka_Offset", null, null, "seq", "nr");
    table(0, 1);
    quarantine(row(1, 0, 1), row(2, 0, 1), row(3, 1, -1), row(4, 0, -1));

    DeepFindings found = count();

    assertThat(found.findings()).isEmpty();
    assertThat(found.missingInTable()).isZero();
    assertThat(found.twiceInTable()).isZero();
  }

  @Test
  void aResolvedRecordWithoutARowIsMissing() throws Exception {
    table(0);
    quarantine(row(1, 0, 1), row(2, 0, 1), row(3, 1, -1), row(4, 0, -1));

    assertThat(count().missingInTable()).isEqualTo(1);
  }

  @Test
  void aRecordThatWasWrittenAndNotMarkedIsThereTwice() throws Exception {
    table(0, 1);
    quarantine(row(1, 0, -1), row(2, 0, 1), row(3, 1, -1), row(4, 0, -1));

    DeepFindings found = count();

    assertThat(found.twiceInTable()).isEqualTo(1);
  }

  @Test
  void whatAnErasureTookOutIsInNobodysWay() throws Exception {
    new ArchiveErasure(orders.log())
        .erase(
            List.of(new RecordPlace(0, 0, 1), new RecordPlace(0, 0, 4)),
            new Author("test", "test"),
            OrdersFixture.FIRST.toEpochMilli());
    table(0, 1);
    quarantine(row(2, 0, 1), row(3, 1, -1), row(4, 0, -1));
    assertThat(count().findings()).as("the archive first, the tables next").isEmpty();

    plans.put(plan(2, PlanKind.ERASE, Optional.empty()));
    assertThat(count().findings()).as("while it is under way").isEmpty();
    Replaced out = new Replaced(1, 1);
    plans.put(
        account(
            2,
            PlanCounts.NONE,
            Optional.of(
                new Backfilled(
                    2,
                    Map.of("orders", new BackfillTotals(AGAIN, new Replaced(0, 3).plus(out)))))));
    DeepFindings behind = count();
    assertThat(behind.findings())
        .as("a row that stayed is found")
        .singleElement()
        .asString()
        .contains("the plan log counts 1 quarantined records, the quarantine holds 2");
  }

  @Test
  void whatAnErasureLeftIsCountedExactly() throws Exception {
    new ArchiveErasure(orders.log())
        .erase(
            List.of(new RecordPlace(0, 0, 1), new RecordPlace(0, 0, 4)),
            new Author("test", "test"),
            OrdersFixture.FIRST.toEpochMilli());
    plans.put(plan(2, PlanKind.ERASE, Optional.empty()));
    plans.put(
        account(
            2,
            PlanCounts.NONE,
            Optional.of(
                new Backfilled(
                    2, Map.of("orders", new BackfillTotals(AGAIN, new Replaced(1, 4)))))));
    table(0);
    quarantine(row(2, 0, 1), row(3, 1, -1));

    DeepFindings found = count();

    assertThat(found.findings()).isEmpty();
    assertThat(found.missingInTable()).isZero();
    assertThat(found.twiceInTable()).isZero();
    assertThat(found.archiveMissing()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatAReplayResolvesWhileThisIsReadIsNeitherMissingNorTwice(boolean inTable)
      throws Exception {
    if (inTable) {
      table(0, 1, 3);
    } else {
      table(0, 1);
    }
    quarantine(row(1, 0, 1), row(2, 0, 1), row(3, 1, 2), row(4, 0, -1));

    DeepFindings found = count();

    assertThat(found.findings()).isEmpty();
    assertThat(found.missingInTable()).isZero();
    assertThat(found.twiceInTable()).isZero();
  }

  @Test
  void whileARestoreIsMadeGoodNothingIsMissing() throws Exception {
    restored();
    table(0);
    quarantine(row(1, 0, 1), row(2, 0, 1), row(3, 1, -1), row(4, 0, -1));

    assertThat(plans.last()).hasValue(1);
    DeepFindings found = count();

    assertThat(found.findings()).isEmpty();
    assertThat(found.missingInTable()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsDoneAgainAfterARestoreIsCountedAsItWas(boolean inTable) throws Exception {
    restored();
    plans.put(plans.toDoAgain(1).orElseThrow().again(1, "again", "run", 19));
    plans.put(
        account(
            1,
            AGAIN,
            Optional.of(
                new Backfilled(
                    1, Map.of("orders", new BackfillTotals(AGAIN, new Replaced(0, 3)))))));
    if (inTable) {
      table(0, 1);
    } else {
      table(0);
    }
    quarantine(row(1, 0, 1), row(2, 0, 1), row(3, 1, -1), row(4, 0, -1));

    DeepFindings found = count();

    assertThat(found.findings()).isEmpty();
    assertThat(found.missingInTable()).isEqualTo(inTable ? 0 : 1);
  }

  /** To what plan 0 had left, so that the replay is done again. */
  private void restored() {
    plans.put(plan(2, PlanKind.RESTORE, Optional.empty()));
    plans.put(new Succession(Plan.FORMAT, 1, "id", "run", 18, 0, 1, 5));
    plans.advance();
  }

  @Test
  void theRowsOfAnExplodedRecordAreEachThereOnceAndNotInQuarantineToo() throws Exception {
    KernelTable table =
        KernelTable.create(
            orders.table(),
            DataTypeJsonSerDe.deserializeStructType(Coordinates.schema().add("_row", "int").json()),
            List.of(),
            Map.of());
    quarantine(row(1, 0, 1), row(2, 0, 1), row(3, 1, -1), row(4, 0, -1));
    table.append(Map.of(), List.of(exploded(0, 0), exploded(0, 1), exploded(0, 7), exploded(1, 0)));

    DeepFindings found = count();
    assertThat(found.findings()).isEmpty();
    assertThat(found.missingInTable()).isZero();
    assertThat(found.twiceInTable()).isZero();

    table.append(Map.of(), List.of(exploded(0, 7), exploded(3, 0)));
    assertThat(count().twiceInTable()).isEqualTo(2);
  }

  private static Object[] exploded(long offset, int number) {
    List<Object> row = coordinates(offset);
    row.add(number);
    return row.toArray();
  }

  @Test
  void whatWasFilledInBeforeACutOverIsNotAskedOfTheTableThatItBrought() throws Exception {
    PlanCounts filled = new PlanCounts(5, 5, 0, 0, 0, 0, 0, 0, 0);
    plans.put(plan(2, PlanKind.BACKFILL, Optional.empty()));
    plans.put(
        account(
            2,
            filled,
            Optional.of(
                new Backfilled(
                    2, Map.of("orders", new BackfillTotals(filled, new Replaced(0, 4)))))));
    PlanCounts rebuilt = new PlanCounts(5, 3, 0, 0, 1, 1, 0, 0, 0);
    plans.put(plan(3, PlanKind.CUTOVER, Optional.empty()));
    plans.put(cutOver(3, rebuilt, 2));
    table(0, 1, 2);
    quarantine(row(4, 3, -1));

    DeepFindings found = count();

    assertThat(found.findings()).isEmpty();
    assertThat(found.missingInTable()).as("one was filtered by the new version").isZero();
    assertThat(found.twiceInTable()).isZero();
  }

  private static PlanAccount cutOver(long number, PlanCounts totals, long backfilled) {
    return new PlanAccount(
        Plan.FORMAT,
        number,
        0,
        "id" + number,
        "run",
        18,
        PlanOutcome.COMMITTED,
        "orders",
        2,
        PlanCounts.NONE,
        new TableVersions(Optional.of(number), Optional.empty(), Optional.empty()),
        List.of(),
        POSITIONS,
        Map.of("orders", 2L),
        Map.of("orders", totals),
        Optional.empty(),
        List.of(),
        Optional.of(new Replaced(5, 0)),
        Optional.of(new Backfilled(backfilled, Map.of("orders", BackfillTotals.NONE))),
        List.of(),
        Map.of(),
        Map.of("orders", number),
        Optional.empty());
  }

  private DeepFindings count() {
    DatasetSpec dataset =
        new DatasetSpec(
                "orders",
                "orders",
                null,
                new TargetSpec(location, null, null),
                List.of(ColumnSpec.of("id", "bigint")),
                WriteSpec.append(),
                null,
                null,
                null,
                null)
            .withCoordinates(names);
    return new DeepCount(
            new Configuration(),
            dataset,
            plans,
            Map.of("orders", orders.log()),
            plans.latestAccount(),
            Map.of())
        .count();
  }

  @Test
  void aRowThatIsTooLateForTheTableIsLookedForInTheLateTable() throws Exception {
    PlanCounts late = new PlanCounts(1, 0, 0, 0, 0, 0, 0, 0, 0).routing(1);
    BackfillTotals both =
        new BackfillTotals(AGAIN, new Replaced(0, 3))
            .plus(new BackfillTotals(late, new Replaced(0, 1)));
    plans.put(
        plan(
            2,
            PlanKind.REPLAY,
            Optional.of(
                new ReplaySelection(List.of("not-json"), List.of(), 1, Map.of("orders", 1L)))));
    plans.put(account(2, late, Optional.of(new Backfilled(2, Map.of("orders", both)))));
    table(0, 1);
    quarantine(row(1, 0, 1), row(2, 0, 1), row(3, 1, -1), row(4, 0, 2));

    assertThat(count().findings())
        .singleElement()
        .asString()
        .contains("counts 1 rows that were too late for the table, the late table holds 0");
    assertThat(count().missingInTable()).isEqualTo(1);

    table(orders.table().resolveSibling("_late").resolve("orders").resolve("orders"), 4);
    assertThat(count().findings()).isEmpty();
    assertThat(count().missingInTable()).isZero();
    assertThat(count().twiceInTable()).isZero();
  }

  private void table(long... offsets) throws Exception {
    table(orders.table(), offsets);
  }

  private void table(Path folderOfTable, long... offsets) throws Exception {
    StructType schema = new StructType();
    for (StructField field :
        DataTypeJsonSerDe.deserializeStructType(Coordinates.schema().json()).fields()) {
      schema = schema.add(names.inTable(field.getName()), field.getDataType());
    }
    KernelTable table = KernelTable.create(folderOfTable, schema, List.of(), Map.of());
    List<Object[]> rows = new ArrayList<>();
    for (long offset : offsets) {
      rows.add(coordinates(offset).toArray());
    }
    table.append(Map.of(), rows);
  }

  private void quarantine(Object[]... rows) throws Exception {
    KernelTable.replayedQuarantine(orders.quarantine()).append(Map.of(), List.of(rows));
  }

  private static List<Object> coordinates(long offset) {
    long micros = OrdersFixture.FIRST.toEpochMilli() * 1_000;
    return new ArrayList<>(List.of("orders", 0, 0, offset, micros, micros, 1L));
  }

  private static Object[] row(long offset, long plan, long resolvedBy) {
    List<Object> row = coordinates(offset);
    row.addAll(List.of("k", "decode", "not-json", "bad", "orders", 1L, plan, 0));
    row.add(resolvedBy < 0 ? null : OrdersFixture.FIRST.toEpochMilli() * 1_000);
    row.add(resolvedBy < 0 ? null : resolvedBy);
    return row.toArray();
  }

  private static Plan plan(long number, PlanKind kind, Optional<ReplaySelection> replay) {
    return new Plan(
        Plan.FORMAT,
        number,
        0,
        "id" + number,
        kind,
        "orders",
        1,
        "run",
        17,
        new PlanSource(
            "file:/raw",
            kind == PlanKind.ERASE ? List.of() : List.of(new EntryRange("orders", 1, 1))),
        List.of(),
        POSITIONS,
        Optional.empty(),
        Optional.empty(),
        replay);
  }

  private static PlanAccount account(
      long number, PlanCounts counts, Optional<Backfilled> backfilled) {
    return new PlanAccount(
        Plan.FORMAT,
        number,
        0,
        "id" + number,
        "run",
        18,
        PlanOutcome.COMMITTED,
        "orders",
        1,
        counts,
        new TableVersions(Optional.of(number), Optional.empty(), Optional.empty()),
        List.of(),
        POSITIONS,
        Map.of("orders", 1L),
        Map.of("orders", LIVE),
        Optional.empty(),
        List.of(),
        backfilled.map(all -> new Replaced(0, 3)),
        backfilled,
        List.of(),
        Map.of(),
        Map.of(),
        Optional.empty());
  }
}
