package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.EventTimeSpec;
import dev.tributary.core.spec.MaintenanceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.phase2.rebuild.RebuildRequest.Action;
import dev.tributary.phase2.table.DeltaTransactions;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is kept of a table's late rows and forgotten deletes where it is made anew. Ids that end in
 * l are late.
 */
final class RebuildBesideIT {
  private static final Instant INGESTED = Instant.parse("2125-03-01T12:00:00Z");
  private static final String IN_TIME = "2125-03-01T11:00:00Z";
  private static final String LATE = "2125-01-01T00:00:00Z";

  private static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "timestamp"),
          ColumnSpec.of("amount", "int"));

  private static final WriteSpec BY_ID =
      new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, Optional.empty());

  private static final String LATE_ROWS =
      "select id, amount, _offset, _plan, _generation, _dataset_version from l order by id";

  @TempDir Path folder;
  private final Instant now = Instant.now();

  @Test
  void aTableThatIsRebuiltBringsItsOwnLateRowsAndTheirCounts() throws Exception {
    TestLake lake = timed(folder, CheckPolicy.TABLE);
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    put(lake, row("a", IN_TIME, 3), row("cl", LATE, 4));
    lake.run();
    assertThat(late(lake, "select id, amount, _plan from l order by id"))
        .containsExactly("[bl,2,1]", "[cl,4,1]");
    await(lake, CheckPolicy.TABLE);
    put(lake, row("dl", LATE, 5));
    TestSpark.get()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES (delta.enableChangeDataFeed = true)"
                .formatted(lake.log().folders().late("events")));

    lake.rebuild(request(Action.REBUILD));

    PlanAccount account = lake.account();
    assertThat(kind(lake)).isEqualTo(PlanKind.CUTOVER);
    assertThat(late(lake, LATE_ROWS))
        .as("of the new version, whose amounts are texts, and no others")
        .containsExactly(
            "[bl,2,1,%1$d,0,2]".formatted(account.plan()),
            "[cl,4,3,%1$d,0,2]".formatted(account.plan()),
            "[dl,5,4,%1$d,0,2]".formatted(account.plan()));
    assertThat(lateTable(lake).schema().apply("amount").dataType().sql()).isEqualTo("STRING");
    assertThat(account.totals().get("events").routed()).isEqualTo(3);
    assertThat(account.totals().get("events").balanced()).isTrue();
    assertThat(account.replaced()).contains(new Replaced(2, 0, 2));
    assertThat(account.format()).isEqualTo(Plan.SECOND_FORMAT);
    assertNothingLeft(lake);

    put(lake, row("e", IN_TIME, 6), row("fl", LATE, 7));
    lake.run();
    assertThat(late(lake, "select id, amount from l order by id"))
        .containsExactly("[bl,2]", "[cl,4]", "[dl,5]", "[fl,7]");
    assertThat(lake.account().totals().get("events").routed()).isEqualTo(4);
    lake.erase(erasing("cl"));
    assertThat(late(lake, "select id from l order by id")).containsExactly("[bl]", "[dl]", "[fl]");
    assertThat(lake.query("select id, amount from t order by id"))
        .containsExactly("[a,3]", "[e,6]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void lateRowsAreRowsOfTheTableThatKnowsNoneAndItsLogStaysOneThatHadSome() throws Exception {
    TestLake lake = timed(folder, CheckPolicy.TABLE);
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    lake.run();
    await(lake, CheckPolicy.WARN);

    lake.rebuild(request(Action.REBUILD));

    assertThat(late(lake, "select * from l")).isEmpty();
    assertThat(lake.query("select id from t order by id")).containsExactly("[a]", "[bl]");
    assertThat(lake.account().totals().get("events").routed()).isZero();
    assertThat(lake.account().replaced()).contains(new Replaced(1, 0, 1));
    put(lake, row("cl", LATE, 3));
    lake.run();
    assertThat(lake.query("select id from t order by id")).containsExactly("[a]", "[bl]", "[cl]");
    assertThat(lake.account().format())
        .as("for a release that knows of no late table would not look at the one that is there")
        .isEqualTo(Plan.SECOND_FORMAT);

    lake.specs().dataset(current(lake).withChecks(checks(CheckPolicy.TABLE)));
    put(lake, row("dl", LATE, 4));
    lake.run();
    assertThat(late(lake, "select id, amount from l")).containsExactly("[dl,4]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void aTableGetsLateRowsByBeingRebuiltAndItsLogASecondFormat() throws Exception {
    TestLake lake = timed(folder, CheckPolicy.WARN);
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    lake.run();
    assertThat(lake.account().format()).isEqualTo(Plan.FORMAT);
    await(lake, CheckPolicy.TABLE);

    lake.rebuild(request(Action.REBUILD));

    assertThat(late(lake, "select id from l")).containsExactly("[bl]");
    assertThat(lake.query("select id from t")).containsExactly("[a]");
    assertThat(lake.account().format()).isEqualTo(Plan.SECOND_FORMAT);
    assertNothingLeft(lake);
  }

  @Test
  @Tag("long")
  void aRebuildWithLateRowsThatDiesAnywhereEndsTheSame() throws Exception {
    for (String point :
        List.of(
            "phase2.after-late",
            "phase2.table-cut-over",
            "phase2.tombstones-cut-over",
            "phase2.late-cut-over")) {
      TestLake lake = timed(folder.resolve(point), CheckPolicy.TABLE);
      put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
      lake.run();
      await(lake, CheckPolicy.TABLE);
      TestSpark.failAt(point);
      assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD)))
          .as(point)
          .isInstanceOf(UncheckedIOException.class);

      put(lake, row("cl", LATE, 3));
      lake.run();
      lake.rebuild(request(Action.REBUILD));

      assertThat(late(lake, "select id, amount from l order by id"))
          .as(point)
          .containsExactly("[bl,2]", "[cl,3]");
      assertThat(lake.account().totals().get("events").routed()).as(point).isEqualTo(2);
      assertNothingLeft(lake);
    }
  }

  @Test
  @Tag("long")
  void aCutOverThatLacksTheLateRowsOfTheNewTableIsMadeVoid() throws Exception {
    TestLake lake = timed(folder, CheckPolicy.TABLE);
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    lake.run();
    await(lake, CheckPolicy.TABLE);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD)))
        .isInstanceOf(UncheckedIOException.class);
    try (Stream<Path> all = Files.walk(folder.resolve("lake/events/_late/rebuilt-2"))) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }

    lake.run();

    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(late(lake, "select id, _plan from l")).containsExactly("[bl,1]");
  }

  @Test
  @Tag("long")
  void aRebuildThatIsGivenUpLeavesNoLateRowsBehind() throws Exception {
    TestLake lake = timed(folder, CheckPolicy.TABLE);
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    lake.run();
    await(lake, CheckPolicy.TABLE);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD)))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(folder.resolve("lake/events/_late/rebuilt-2")).exists();

    lake.rebuild(request(Action.ABANDON));

    assertNothingLeft(lake);
    assertThat(late(lake, "select id from l")).containsExactly("[bl]");
  }

  /** One that comes back from the dead would put it there after the erasure. */
  @Test
  @Tag("long")
  void noOtherRunCanWriteALateRowThatWasErasedInTheMiddleOfItsPlan() throws Exception {
    TestLake lake = timed(folder, CheckPolicy.TABLE);
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    lake.run();
    await(lake, CheckPolicy.TABLE);
    TestSpark.failAt("phase2.before-tombstones");
    assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD)))
        .isInstanceOf(UncheckedIOException.class);
    lake.erase(erasing("bl"));
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD)))
        .isInstanceOf(UncheckedIOException.class);

    PlanLog made = PlanLog.open(lake.table() + "/rebuilt-2", new Configuration());
    SparkSession.setActiveSession(TestSpark.get());
    assertThat(
            new DeltaTransactions(TestSpark.get())
                .marked(made.folders().late("events"), made.application()))
        .hasValue(1);

    lake.rebuild(request(Action.REBUILD));

    assertThat(late(lake, "select id from l")).isEmpty();
    assertThat(lake.query("select id, amount from t")).containsExactly("[a,1]");
    assertThat(lake.account().unbalanced()).isEmpty();
    put(lake, row("cl", LATE, 3));
    lake.run();
    assertThat(late(lake, "select id, amount from l")).containsExactly("[cl,3]");
  }

  /** Whoever wrote it may be at the new table's commit, which counts it. */
  @Test
  @Tag("long")
  void aLateRowThatStandsWhenItsRecordIsErasedCountsAndIsTakenOut() throws Exception {
    TestLake lake = timed(folder, CheckPolicy.TABLE);
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2), row("cl", LATE, 3));
    lake.run();
    await(lake, CheckPolicy.TABLE);
    TestSpark.failAt("phase2.after-late");
    assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD)))
        .isInstanceOf(UncheckedIOException.class);
    lake.erase(erasing("bl"));
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD)))
        .isInstanceOf(UncheckedIOException.class);

    PlanLog made = PlanLog.open(lake.table() + "/rebuilt-2", new Configuration());
    PlanCounts counts = made.account(1).orElseThrow().counts();
    assertThat(counts.read()).isEqualTo(3);
    assertThat(counts.routed()).isEqualTo(2);
    assertThat(counts.balanced()).isTrue();
    assertThat(made.account(2).orElseThrow().replaced()).contains(new Replaced(0, 0, 1));

    lake.rebuild(request(Action.REBUILD));

    assertThat(late(lake, "select id from l")).containsExactly("[cl]");
    PlanAccount account = lake.account();
    assertThat(account.unbalanced()).isEmpty();
    BackfillTotals again = account.backfilled().orElseThrow().totals().get("events");
    assertThat(account.totals().get("events").routed() - again.replaced().late()).isEqualTo(1);
  }

  /** It would put a late row there of which the new table's accounts say nothing. */
  @Test
  @Tag("long")
  void aRunThatWasHeldUpRightBeforeTheNewTablesCommitDoesItsPlanAgain() throws Exception {
    TestLake lake = timed(folder, CheckPolicy.TABLE);
    put(lake, row("a", IN_TIME, 1), row("bl", LATE, 2));
    lake.run();
    await(lake, CheckPolicy.TABLE);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread heldUp =
        AbstractRebuildSuite.thread(failure, () -> lake.rebuild(request(Action.REBUILD)));

    TestSpark.at("phase2.after-late", () -> lake.erase(erasing("a")));
    heldUp.join();

    assertThat(failure.get())
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_UNAVAILABLE))
        .hasMessageContaining("Records of plan 1 were erased from the archive while it was done");
    PlanLog made = PlanLog.open(lake.table() + "/rebuilt-2", new Configuration());
    SparkSession.setActiveSession(TestSpark.get());
    assertThat(
            new DeltaTransactions(TestSpark.get())
                .marked(made.folders().table(), made.application()))
        .hasValue(0);
    lake.rebuild(request(Action.REBUILD));
    assertThat(lake.query("select id from t")).isEmpty();
    assertThat(late(lake, "select id from l")).containsExactly("[bl]");
    assertThat(lake.account().totals().get("events").read()).isEqualTo(1);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void aTableThatIsRebuiltKnowsEachDeleteAgainAndForgetsOnlyOnceItIsInItsPlace() throws Exception {
    TestLake lake = forgetful();
    assertThat(remembered(lake)).as("forgotten, but for what is the greatest").hasSize(4);
    lake.specs().awaiting(partitioned(lake));

    lake.rebuild(request(Action.REBUILD));

    long plan = lake.account().plan();
    assertThat(kind(lake)).isEqualTo(PlanKind.CUTOVER);
    assertThat(remembered(lake))
        .containsExactly(
            "[a,%d]".formatted(plan),
            "[b,%d]".formatted(plan),
            "[c,%d]".formatted(plan),
            "[far,%d]".formatted(plan));
    assertThat(lake.account().format()).isEqualTo(Plan.SECOND_FORMAT);

    putAged(lake, Duration.ofMinutes(1), event("a", 1), event("new", 1));
    lake.run();
    assertThat(lake.query("select id, at from t order by id"))
        .as("a is known to be deleted, and new to be none of those that were")
        .containsExactly("[new,1]", "[p,1]");
    putAged(lake, Duration.ofMinutes(1), event("b", 1), event("newer", 1));
    lake.run();
    assertThat(lake.query("select id, at from t order by id"))
        .as("by then old deletes are forgotten")
        .containsExactly("[new,1]", "[p,1]");
    assertThat(lake.account().counts().late()).isEqualTo(2);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void aVersionThatForgetsNoMoreKnowsEachDeleteOnceItsTableIsRebuilt() throws Exception {
    TestLake lake = forgetful();
    lake.specs().awaiting(partitioned(lake).withMaintenance(MaintenanceSpec.defaults()));

    lake.rebuild(request(Action.REBUILD));
    putAged(lake, Duration.ofMinutes(1), event("a", 1), event("b", 1), event("new", 1));
    lake.run();

    assertThat(lake.query("select id, at from t order by id"))
        .as("a was deleted by an event of a later order, b by a record that came before")
        .containsExactly("[b,1]", "[new,1]", "[p,1]");
    assertThat(lake.account().counts().late()).isEqualTo(1);
    assertThat(remembered(lake)).hasSize(4).noneMatch(row -> row.contains("-"));
    assertThat(lake.account().format())
        .as("for good, as it is of late rows")
        .isEqualTo(Plan.SECOND_FORMAT);
  }

  private TestLake timed(Path at, CheckPolicy late) {
    TestLake lake = new TestLake(at);
    lake.specs()
        .dataset(dataset(lake, COLUMNS, WriteSpec.append(), Map.of()).withChecks(checks(late)));
    return lake;
  }

  /** By key, and with another type of a column. */
  private static void await(TestLake lake, CheckPolicy late) {
    lake.specs()
        .awaiting(
            current(lake)
                .withColumns(
                    List.of(COLUMNS.get(0), COLUMNS.get(1), ColumnSpec.of("amount", "string")))
                .withWrite(BY_ID)
                .withChecks(checks(late)));
  }

  private static ChecksSpec checks(CheckPolicy late) {
    return new ChecksSpec(
        List.of(),
        Optional.empty(),
        Optional.of(
            new EventTimeSpec("at", Optional.of(Duration.ofDays(7).toMillis()), late, null, null)));
  }

  private TestLake forgetful() throws Exception {
    TestLake lake = new TestLake(folder);
    ForgetfulDataset.register(lake);
    ForgetfulDataset.forgetting(lake, now);
    return lake;
  }

  private static DatasetSpec partitioned(TestLake lake) {
    return current(lake).withTarget(new TargetSpec(lake.table(), List.of("id"), Map.of()));
  }

  private static DatasetSpec dataset(
      TestLake lake, List<ColumnSpec> columns, WriteSpec write, Map<String, String> properties) {
    return new DatasetSpec(
        "events",
        "events",
        null,
        new TargetSpec(lake.table(), null, properties),
        columns,
        write,
        null,
        null,
        null,
        null);
  }

  private static DatasetSpec current(TestLake lake) {
    return lake.specs().dataset("events").orElseThrow().spec();
  }

  private static PlanKind kind(TestLake lake) {
    return lake.log().plan(lake.account().plan()).orElseThrow().kind();
  }

  private static RebuildRequest request(Action action) {
    return new RebuildRequest(
        "events", OptionalLong.empty(), Set.of(), OptionalLong.empty(), action);
  }

  private static EraseRequest erasing(String key) {
    return new EraseRequest(
        List.of("events"),
        Optional.of(key),
        Optional.empty(),
        List.of(),
        false,
        Optional.of("request 17"),
        Optional.empty());
  }

  private static org.apache.spark.sql.Dataset<Row> lateTable(TestLake lake) {
    return TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().late("events").toString());
  }

  private static List<String> late(TestLake lake, String sql) {
    lateTable(lake).createOrReplaceTempView("l");
    return TestSpark.get().sql(sql).collectAsList().stream().map(Row::toString).toList();
  }

  private static List<String> remembered(TestLake lake) {
    return TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().tombstones().toString())
        .select("id", "_plan")
        .orderBy("id", "_plan")
        .collectAsList()
        .stream()
        .map(Row::toString)
        .toList();
  }

  private static void assertNothingLeft(TestLake lake) throws Exception {
    org.apache.hadoop.fs.Path table = lake.log().folders().table();
    for (String beside : List.of("_plans", "_quarantine", "_tombstones", "_late")) {
      org.apache.hadoop.fs.Path left =
          new org.apache.hadoop.fs.Path(new org.apache.hadoop.fs.Path(table, beside), "rebuilt-2");
      assertThat(left.getFileSystem(new Configuration()).exists(left)).as(beside).isFalse();
    }
  }

  private static void put(TestLake lake, TestArchive.Message... messages) throws Exception {
    lake.archive().put(INGESTED.toEpochMilli(), List.of(messages));
  }

  private void putAged(TestLake lake, Duration age, TestArchive.Message... messages)
      throws Exception {
    ForgetfulDataset.put(lake, now.minus(age), messages);
  }

  private static TestArchive.Message row(String id, String at, long amount) {
    return message(id, "{\"id\":\"%s\",\"at\":\"%s\",\"amount\":%d}".formatted(id, at, amount));
  }

  private static TestArchive.Message event(String id, int at) {
    return ForgetfulDataset.row(id, at);
  }
}
