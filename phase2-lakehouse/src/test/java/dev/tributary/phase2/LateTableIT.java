package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.ArchiveErasure;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.RecordPlace;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.EventTimeSpec;
import dev.tributary.core.spec.ExpectationSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows that come too late for the table and have one of their own. Ids that end in l are late. */
final class LateTableIT {
  private static final Instant INGESTED = Instant.parse("2125-03-01T12:00:00Z");
  private static final String IN_TIME = "2125-03-01T11:00:00Z";
  private static final String LATE = "2125-01-01T00:00:00Z";
  private static final EventTimeSpec A_WEEK =
      new EventTimeSpec(
          "at", Optional.of(Duration.ofDays(7).toMillis()), CheckPolicy.TABLE, null, null);

  private static final List<ColumnSpec> COLUMNS =
      List.of(
          new ColumnSpec("id", "string", false, null, null),
          ColumnSpec.of("at", "timestamp"),
          ColumnSpec.of("amount", "int"));

  private static final List<String> POINTS =
      List.of(
          "phase2.plan-put",
          "phase2.before-tombstones",
          "phase2.after-quarantine",
          "phase2.after-late",
          "phase2.after-table",
          "phase2.after-account");

  private static final String IDS = "select id from t order by id";
  private static final String LATE_IDS = "select id from l order by id";

  @TempDir Path folder;

  @Test
  void rowsThatAreLateStandInATableOfTheirOwnAndAreAccountedFor() throws Exception {
    TestLake lake = new TestLake(folder);
    register(
        lake,
        COLUMNS,
        WriteSpec.append(),
        new ExpectationSpec("small", "amount < 100", CheckPolicy.DROP),
        new ExpectationSpec("known", "amount is not null", CheckPolicy.QUARANTINE));
    put(
        lake,
        row("a", IN_TIME, 1),
        row("bl", LATE, 2),
        row("cl", LATE, 200),
        message("dl", "{\"id\":\"dl\",\"at\":\"%s\"}".formatted(LATE)),
        message("e", "{\"id\":\"e\",\"amount\":5}"));
    lake.run();

    assertThat(lake.query(IDS)).containsExactly("[a]", "[e]");
    assertThat(
            late(
                lake,
                "select id, amount, _topic, _offset, _plan, _generation, _dataset_version from l"))
        .as("what is to be dropped or set aside is, late or not")
        .containsExactly("[bl,2,events,1,1,0,1]");
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[3,expectation]");
    assertThat(lake.account().counts())
        .isEqualTo(new PlanCounts(5, 2, 0, 0, 1, 1, 0, 0, 0).routing(1));
    assertThat(lake.account().counts().late()).isEqualTo(1);
    assertThat(lake.account().expectations())
        .containsExactly(
            new ExpectationCount("event-time-late", "table", 3),
            new ExpectationCount("small", "drop", 2),
            new ExpectationCount("known", "quarantine", 1));
    assertThat(lake.account().eventTimes())
        .containsEntry("events", Instant.parse(IN_TIME).toEpochMilli());
    assertThat(lake.account().versions().late()).isPresent();
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(lake.log().plan(1).orElseThrow().format())
        .as("a release that knows of no late table stops at it")
        .isEqualTo(Plan.SECOND_FORMAT);

    register(lake, COLUMNS, WriteSpec.append(), CheckPolicy.WARN);
    put(lake, row("fl", LATE, 6));
    lake.run();
    assertThat(lake.query(IDS)).containsExactly("[a]", "[e]", "[fl]");
    assertThat(lake.log().plan(lake.account().plan()).orElseThrow().format())
        .as("for good, since the late table stays")
        .isEqualTo(Plan.SECOND_FORMAT);
  }

  @Test
  @Tag("long")
  void aRunThatDiesAnywhereIsFinishedByTheNextExactly() throws Exception {
    for (WriteSpec write :
        List.of(WriteSpec.append(), keyed(WriteMode.UPSERT), keyed(WriteMode.HISTORY))) {
      TestLake lake = new TestLake(folder.resolve(write.mode().name()));
      register(lake, COLUMNS, write);
      List<String> ids = new ArrayList<>();
      List<String> lateIds = new ArrayList<>();
      for (int i = 0; i < POINTS.size(); i++) {
        put(lake, row("a" + i, IN_TIME, 1), row("b" + i + "l", LATE, 2));
        TestSpark.failAt(POINTS.get(i));
        assertThatThrownBy(lake::run).as(POINTS.get(i)).isInstanceOf(UncheckedIOException.class);
        lake.run();
        ids.add("[a%d]".formatted(i));
        lateIds.add("[b%dl]".formatted(i));

        assertThat(lake.query(IDS)).as(POINTS.get(i)).isEqualTo(ids);
        assertThat(late(lake, LATE_IDS)).as(POINTS.get(i)).isEqualTo(lateIds);
        assertThat(lake.account().counts())
            .isEqualTo(new PlanCounts(2, 1, 0, 0, 0, 0, 0, 0, 0).routing(1));
      }
      assertThat(lake.account().unbalanced()).isEmpty();
    }
  }

  @Test
  @Tag("long")
  void aLateUpdateChangesNothingAndADeleteIsNeverLate() throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, COLUMNS, keyed(WriteMode.UPSERT));
    put(lake, row("a", IN_TIME, 1), row("b", IN_TIME, 1));
    lake.run();
    put(lake, row("a", LATE, 9), row("cl", LATE, 9), tombstone("b"));
    lake.run();

    assertThat(lake.query("select id, amount from t")).containsExactly("[a,1]");
    assertThat(late(lake, "select id, amount from l order by id"))
        .containsExactly("[a,9]", "[cl,9]");
    assertThat(lake.account().counts())
        .isEqualTo(new PlanCounts(3, 0, 0, 1, 0, 0, 0, 0, 0).routing(2));
  }

  @Test
  @Tag("long")
  void aVoidPlanLeavesNoLateRowWhereverItDied() throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, COLUMNS, WriteSpec.append());
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    TestSpark.failAt("phase2.after-late");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    assertThat(late(lake, LATE_IDS)).containsExactly("[bl]");

    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(1, "ann", "otherwise");
    register(lake, COLUMNS, WriteSpec.append(), CheckPolicy.WARN);
    lake.run();

    assertThat(late(lake, LATE_IDS)).isEmpty();
    assertThat(lake.query(IDS)).containsExactly("[a]", "[bl]");
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(2, 2, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  @Tag("long")
  void anAttemptThatFindsOtherLateRowsThanItCountsStops() throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, COLUMNS, WriteSpec.append());
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2), row("cl", LATE, 2));
    TestSpark.failAt("phase2.after-late");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    // As if another build had written them, for which the row was in time.
    String there = lake.log().folders().late("events").toString();
    DeltaTable.forPath(TestSpark.get(), there).delete("id = 'bl'");

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.UNACCOUNTED))
        .hasMessage(
            "Plan 1 of dataset 'events' counts 2 rows that are too late for the table, and an earlier attempt has left 1 in the late table %s. The table was not written; finish the plan with the release and the transforms that began it, or make it void."
                .formatted(there));
    assertThat(lake.query(IDS)).isEmpty();

    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(1, "ann", "begun otherwise");
    lake.run();
    assertThat(lake.query(IDS)).containsExactly("[a]");
    assertThat(late(lake, LATE_IDS)).containsExactly("[bl]", "[cl]");
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(3, 1, 0, 0, 0, 0, 0, 0, 0).routing(2));
  }

  /** Of an erasure that rewrites the archive first, the table hears later. */
  @Test
  @Tag("long")
  void aLateRowCountsThoughItsRecordIsErasedBeforeItsPlanIsDone() throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, COLUMNS, WriteSpec.append());
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2), row("cl", LATE, 2));
    TestSpark.failAt("phase2.after-late");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    erase(lake, 1);

    lake.run();
    assertThat(lake.query(IDS)).containsExactly("[a]");
    assertThat(late(lake, LATE_IDS)).containsExactly("[bl]", "[cl]");
    assertThat(lake.account().counts())
        .isEqualTo(new PlanCounts(3, 1, 0, 0, 0, 0, 0, 0, 0).routing(2));
    assertErased(lake, "[cl]");
  }

  @ParameterizedTest
  @EnumSource(
      value = WriteMode.class,
      names = {"UPSERT", "HISTORY"})
  @Tag("long")
  void aLateRowCountsThoughEveryRecordOfItsPlanIsErasedBeforeItIsDone(WriteMode mode)
      throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, COLUMNS, keyed(mode));
    put(lake, row("a", IN_TIME, 1));
    lake.run();
    put(lake, row("bl", LATE, 2));
    TestSpark.failAt("phase2.after-late");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    assertThat(late(lake, LATE_IDS)).containsExactly("[bl]");
    erase(lake, 1);

    lake.run();
    assertThat(lake.query(IDS)).containsExactly("[a]");
    assertThat(late(lake, LATE_IDS)).containsExactly("[bl]");
    assertThat(lake.account().counts())
        .isEqualTo(new PlanCounts(1, 0, 0, 0, 0, 0, 0, 0, 0).routing(1));
    assertThat(lake.account().versions().late()).isPresent();
    assertErased(lake);
  }

  /** What is there of the record goes with the table's part of the erasure. */
  private void assertErased(TestLake lake, String... left) throws Exception {
    lake.erase(
        new EraseRequest(
            List.of("events"),
            Optional.empty(),
            Optional.empty(),
            List.of(new Erasure.Offsets("events", 0, 0, List.of(1L))),
            false,
            Optional.of("request 17"),
            Optional.empty()));
    assertThat(late(lake, LATE_IDS)).containsExactly(left);
    assertThat(lake.account().replaced()).contains(new Replaced(0, 0, 1));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void whatIsFilledReplacedAndErasedHeedsTheLateTable() throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, COLUMNS, WriteSpec.append());
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    put(lake, row("c", IN_TIME, 1), row("dl", LATE, 2));
    lake.run();

    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.account().counts())
        .as("the late table holds what the table lacks")
        .isEqualTo(new PlanCounts(4, 0, 0, 0, 0, 0, 0, 0, 0, 4));

    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(() -> lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    lake.run();
    assertThat(late(lake, LATE_IDS)).containsExactly("[bl]", "[dl]");
    assertThat(lake.account().replaced()).contains(new Replaced(2, 0, 2));
    assertThat(lake.account().counts().routed()).isEqualTo(2);

    register(lake, COLUMNS, WriteSpec.append(), CheckPolicy.WARN);
    lake.run();
    lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal());
    assertThat(late(lake, LATE_IDS)).as("under a version that routes nothing").isEmpty();
    assertThat(lake.query(IDS)).containsExactly("[a]", "[bl]", "[c]", "[dl]");
    assertThat(lake.account().replaced()).contains(new Replaced(2, 0, 2));

    register(lake, COLUMNS, WriteSpec.append());
    lake.run();
    lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal());
    assertThat(late(lake, LATE_IDS)).containsExactly("[bl]", "[dl]");
    lake.erase(
        new EraseRequest(
            List.of("events"),
            Optional.of("bl"),
            Optional.empty(),
            List.of(),
            false,
            Optional.of("request 17"),
            Optional.empty()));
    assertThat(late(lake, LATE_IDS)).containsExactly("[dl]");
    assertThat(lake.account().replaced()).contains(new Replaced(0, 0, 1));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void aRestoreTakesLateRowsBackAndThePlansThatAreDoneAgainPutThemThere() throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, COLUMNS, WriteSpec.append());
    for (int i = 0; i < 3; i++) {
      put(lake, row("a" + i, IN_TIME, 1), row("b" + i + "l", LATE, 2));
      lake.run();
    }
    List<PlanCounts> counts = counts(lake);
    register(
        lake,
        List.of(
            COLUMNS.get(0), COLUMNS.get(1), new ColumnSpec("amount", "bigint", true, null, null)),
        WriteSpec.append());
    put(lake, row("a3", IN_TIME, 1), row("b3l", LATE, 5_000_000_000L));
    lake.run();

    SparkSession.setActiveSession(TestSpark.get());
    DeltaTable.forPath(TestSpark.get(), lake.table())
        .restoreToVersion(lake.log().account(1).orElseThrow().versions().table().orElseThrow());
    lake.run();

    assertThat(lake.query(IDS)).containsExactly("[a0]", "[a1]", "[a2]", "[a3]");
    assertThat(late(lake, "select id, amount, _generation from l order by id"))
        .as("each once; those of plans that are done again by the generation that did them")
        .containsExactly("[b0l,2,0]", "[b1l,2,1]", "[b2l,2,1]", "[b3l,5000000000,1]");
    assertThat(counts(lake).subList(0, 3)).isEqualTo(counts);
    assertThat(lake.account().unbalanced()).isEmpty();

    DeltaTable.forPath(
            TestSpark.get(), folder.resolve("lake/_late/events/events").toUri().toString())
        .restoreToVersion(0);
    DeltaTable.forPath(TestSpark.get(), lake.table())
        .restoreToVersion(
            lake.log().account(lake.account().plan() - 1).orElseThrow().versions().table().get());
    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.TABLE_RESTORED))
        .hasMessageContaining("The late table");
  }

  @Test
  @Tag("long")
  void theLateTableTakesOnTheColumnsOfTheVersionThatWritesToIt() throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, COLUMNS, WriteSpec.append());
    put(lake, row("al", LATE, 1));
    lake.run();
    ColumnSpec renamed =
        new ColumnSpec("total", "bigint", true, Optional.of("amount"), null)
            .withId(Optional.of("0.amount"));
    register(
        lake,
        List.of(COLUMNS.get(0), COLUMNS.get(1), renamed, ColumnSpec.of("note", "string")),
        WriteSpec.append());
    put(
        lake,
        message("bl", "{\"id\":\"bl\",\"at\":\"%s\",\"amount\":2,\"note\":\"n\"}".formatted(LATE)));
    lake.run();
    assertThat(late(lake, "select id, total, note from l order by id"))
        .containsExactly("[al,1,null]", "[bl,2,n]");

    lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal());
    register(lake, List.of(COLUMNS.get(0), COLUMNS.get(1)), WriteSpec.append());
    put(lake, row("cl", LATE, 3));
    lake.run();
    assertThat(late(lake, "select id from l order by id")).containsExactly("[al]", "[bl]", "[cl]");
    assertThat(load(lake).columns()).doesNotContain("total", "amount", "note");
  }

  private static List<PlanCounts> counts(TestLake lake) {
    List<PlanCounts> counts = new ArrayList<>();
    for (long n = 1; n <= lake.account().plan(); n++) {
      counts.add(lake.log().account(n).orElseThrow().counts());
    }
    return counts;
  }

  private static BackfillRequest request(BackfillMode mode) {
    return new BackfillRequest(
        "events",
        mode,
        Selection.ALL,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Duration.ZERO);
  }

  private static WriteSpec keyed(WriteMode mode) {
    return new WriteSpec(mode, List.of("id"), List.of("at"), Deletes.HARD, Optional.empty());
  }

  private org.apache.spark.sql.Dataset<Row> load(TestLake lake) {
    return TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().late("events").toString());
  }

  private List<String> late(TestLake lake, String sql) {
    load(lake).createOrReplaceTempView("l");
    return TestSpark.get().sql(sql).collectAsList().stream().map(Row::toString).toList();
  }

  private static void put(TestLake lake, TestArchive.Message... messages) throws Exception {
    lake.archive().put(INGESTED.toEpochMilli(), List.of(messages));
  }

  private static TestArchive.Message row(String id, String at, long amount) {
    return message(id, "{\"id\":\"%s\",\"at\":\"%s\",\"amount\":%d}".formatted(id, at, amount));
  }

  private static void erase(TestLake lake, long offset) {
    new ArchiveErasure(ManifestLog.open(lake.archive().location(), "events", new Configuration()))
        .erase(
            List.of(new RecordPlace(0, 0, offset)),
            new Author("test", "test"),
            System.currentTimeMillis());
  }

  private static void register(
      TestLake lake, List<ColumnSpec> columns, WriteSpec write, ExpectationSpec... expectations) {
    register(lake, columns, write, A_WEEK, expectations);
  }

  private static void register(
      TestLake lake, List<ColumnSpec> columns, WriteSpec write, CheckPolicy late) {
    register(
        lake, columns, write, new EventTimeSpec("at", A_WEEK.latenessMillis(), late, null, null));
  }

  private static void register(
      TestLake lake,
      List<ColumnSpec> columns,
      WriteSpec write,
      EventTimeSpec eventTime,
      ExpectationSpec... expectations) {
    lake.specs()
        .dataset(
            new DatasetSpec(
                    "events",
                    "events",
                    null,
                    new TargetSpec(lake.table(), null, Map.of()),
                    columns,
                    write,
                    null,
                    null,
                    null,
                    null)
                .withChecks(
                    new ChecksSpec(
                        List.of(expectations), Optional.empty(), Optional.of(eventTime))));
  }
}
