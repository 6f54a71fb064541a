package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.transforms.basic.FilterTransform;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class UpsertIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "bigint"),
          ColumnSpec.of("value", "string"),
          ColumnSpec.of("gone", "boolean"));

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"HARD", "SOFT"})
  @Tag("long")
  void columnsAndFieldsAreCalledAsTheyLike(Deletes deletes) throws Exception {
    List<String> once =
        List.of(
            "__action",
            "__rank",
            "__best",
            "__deletes",
            "__tombstone",
            "__deleted_at",
            "__present",
            "__known_order",
            "_order",
            "_plan",
            "_generation");
    List<ColumnSpec> columns = new ArrayList<>(COLUMNS);
    once.forEach(name -> columns.add(ColumnSpec.of(name, "string")));
    TestLake lake = new TestLake(folder);
    lake.define(
        columns,
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), deletes, Optional.of("gone")),
        null,
        null,
        null);
    for (int at : List.of(1, 3, 2)) {
      String fields =
          once.stream()
              .map(name -> "\"%s\":\"%s at %d\"".formatted(name, name, at))
              .collect(Collectors.joining(","));
      lake.archive()
          .put(
              List.of(
                  message("a", "{\"id\":\"a\",\"at\":%d,%s}".formatted(at, fields)),
                  message("b", "{\"id\":\"b\",\"at\":%d,%s}".formatted(at, fields)),
                  message("b", "{\"id\":\"b\",\"at\":%d,\"gone\":true}".formatted(at))));
      lake.run();
    }

    String all = once.stream().map("`%s`"::formatted).collect(Collectors.joining(", "));
    assertThat(lake.query("select %s from t where id = 'a'".formatted(all)))
        .containsExactly(
            once.stream().map("%s at 3"::formatted).collect(Collectors.joining(",", "[", "]")));
    assertThat(
            lake.query(
                "select id from t where %s"
                    .formatted(deletes == Deletes.SOFT ? "_deleted" : "id = 'b'")))
        .hasSize(deletes == Deletes.SOFT ? 1 : 0);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void aKeyIsNotCalledAsAColumnThatDeletesAreRememberedWith() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ColumnSpec.of("_Plan", "string"), ColumnSpec.of("at", "int")),
        new WriteSpec(
            WriteMode.UPSERT, List.of("_plan"), List.of(), Deletes.HARD, Optional.empty()),
        null,
        null,
        null);

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.SPEC_INVALID))
        .hasMessageContaining("Deletes are remembered with a column of this name beside the key");
  }

  @ParameterizedTest
  @EnumSource(names = {"HARD", "SOFT"})
  @Tag("long")
  void everyHistoryEndsTheSameHoweverItIsCutIntoBatches(Deletes deletes) throws Exception {
    Histories histories = new Histories();
    TestLake lake = lake(deletes);
    for (int batch = 0; batch < histories.length(); batch++) {
      lake.archive().put(histories.batch(batch));
      lake.run();
    }

    if (deletes == Deletes.HARD) {
      assertThat(lake.query("select id, value from t order by id"))
          .containsExactlyElementsOf(histories.rowsOfHardDeletes());
    } else {
      assertThat(lake.query("select id, value, _deleted from t order by id"))
          .containsExactlyElementsOf(histories.rowsOfSoftDeletes());
    }
    PlanCounts totals = lake.account().totals().get("events");
    assertThat(totals.read()).isEqualTo((long) histories.keys() * histories.length());
    assertThat(totals.accounted()).isEqualTo(totals.read());
    assertThat(totals.quarantined() + totals.filtered()).isZero();
  }

  @Test
  void lateSupersededUpdatedAndUnmatchedEventsAreCounted() throws Exception {
    TestLake lake = lake(Deletes.HARD);
    lake.archive().put(List.of(event("a", 5, "a5"), event("b", 1, "b1"), event("b", 2, "b2")));
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 2, 0, 0, 0, 0, 1, 0, 0));

    lake.archive()
        .put(
            List.of(
                event("a", 4, "a4"),
                event("b", 3, "b3"),
                tombstone("c"),
                event("d", 1, "d1"),
                message("e", "{"),
                message("f", "{\"at\":1}")));
    lake.run();

    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 1, 1, 0, 0, 2, 0, 1, 1));
    assertThat(lake.query("select id, value from t order by id"))
        .containsExactly("[a,a5]", "[b,b3]", "[d,d1]");
    assertThat(lake.query("select _offset, _step, _code from q order by _offset"))
        .containsExactly("[7,decode,not-json]", "[8,conform,missing-column]");

    lake.archive().put(List.of(tombstone("a"), event("a", 4, "late"), event("b", 3, "same")));
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 0, 1, 1, 0, 0, 1, 0, 0));
    lake.archive().put(List.of(event("a", 4, "still late"), event("b", 2, "late")));
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(2, 0, 0, 0, 0, 0, 0, 2, 0));
    assertThat(lake.query("select id, value from t order by id"))
        .containsExactly("[b,same]", "[d,d1]");
  }

  @Test
  void aTombstoneThatNamesNoRowGoesToQuarantine() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        COLUMNS,
        new WriteSpec(WriteMode.UPSERT, List.of("at"), null, Deletes.HARD, null),
        null,
        null,
        null);
    lake.archive()
        .put(
            List.of(
                event("x", 7, "seven"), event("x", 8, "eight"), tombstone("7"), tombstone("x")));
    lake.run();

    assertThat(lake.query("select at from t")).containsExactly("[8]");
    assertThat(lake.query("select _offset, _key, _code from q"))
        .containsExactly("[3,x,tombstone-key]");
    assertThat(lake.account().counts().accounted()).isEqualTo(4);
  }

  @Test
  void deletesThatAreIgnoredAreCountedAsFiltered() throws Exception {
    TestLake lake = lake(Deletes.IGNORE);
    lake.archive()
        .put(
            List.of(
                event("a", 1, "a1"),
                tombstone("a"),
                message("a", "{\"id\":\"a\",\"at\":9,\"gone\":true}")));
    lake.run();

    assertThat(lake.query("select id, value from t")).containsExactly("[a,a1]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 1, 0, 0, 2, 0, 0, 0, 0));
  }

  @Test
  void aStepThatLosesARecordIsFoundOutWhereDeletesAreIgnored() throws Exception {
    TestLake lake = new TestLake(folder);
    PluginJar filters = PluginJar.ofModule(FilterTransform.class, folder);
    PluginJar loses =
        PluginJar.compiled(
            "plugin.Loses",
            """
            package plugin;
            import dev.tributary.transforms.*;
            import java.util.List;
            import org.apache.spark.sql.*;
            public final class Loses implements RowTransform {
              public String name() { return "loses"; }
              public List<TransformOption> options() { return List.of(); }
              public StepKind kind() { return StepKind.ONE_TO_ONE; }
              public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
                return rows.filter("value <> 'lost'");
              }
            }
            """,
            folder);
    defineIgnoring(lake, "gone", filters.step("filter", Map.of("where", "at > 0")));
    List<TestArchive.Message> messages =
        List.of(
            event("a", 0, "old"),
            event("b", 1, "lost"),
            message("c", "{\"id\":\"c\",\"at\":9,\"value\":\"\",\"gone\":true}"));
    lake.archive().put(messages);
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 1, 0, 0, 2, 0, 0, 0, 0));
    assertThat(lake.account().steps().get(1))
        .isEqualTo(new StepLedger("1-filter", 3, 0, 2, 1, 0, 0));

    defineIgnoring(lake, "gone", loses.step("loses", Map.of()));
    lake.archive().put(messages);
    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.TRANSFORM_INVALID))
        .hasMessageContaining("declares itself one-to-one and leaves out 1 rows");
  }

  @Test
  void aDeleteThatWouldNotBeTheSameWhenThePlanIsDoneAgainIsRefused() {
    TestLake lake = new TestLake(folder);
    for (String predicate : List.of("at < unix_timestamp()", "rand() > 0.5", "at < max(at)")) {
      defineIgnoring(lake, predicate);
      assertThatThrownBy(lake::run)
          .isInstanceOfSatisfying(
              TributaryException.class,
              error -> assertThat(error.code()).isEqualTo(ErrorCode.SPEC_INVALID))
          .hasMessageContaining("The write.deleteWhen, '%s', ".formatted(predicate));
    }
    assertThat(lake.log().head()).isEmpty();
  }

  @Test
  void aTimestampThatNoClockShowsIsNoReasonToStop() throws Exception {
    TestLake lake = lake(Deletes.HARD);
    long micros = 1_763_712_000_000_000L;
    lake.archive().putAt(micros, List.of(event("a", 1, "a1"), message("b", "{")));
    lake.archive().putAt(micros * 1_000, List.of(event("c", 1, "c1"), message("d", "{")));
    lake.run();
    lake.archive().putAt(micros, List.of(event("a", 2, "a2"), event("c", 2, "c2")));
    lake.run();

    assertThat(lake.query("select id, value, unix_millis(_timestamp) from t order by id"))
        .containsExactly("[a,a2,%d]".formatted(micros), "[c,c2,%d]".formatted(micros));
    assertThat(lake.query("select _key, unix_millis(_timestamp) from q order by _key"))
        .containsExactly("[b,%d]".formatted(micros), "[d,null]");
    assertThat(lake.account().counts().balanced()).isTrue();
  }

  /** Topics of one source are planned apart, so that an older event can come in a later plan. */
  @ParameterizedTest
  @EnumSource(names = {"HARD", "SOFT"})
  @Tag("long")
  void theTableDoesNotDependOnTheOrderInWhichTopicsArePlanned(Deletes deletes) throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns = new ArrayList<>(COLUMNS);
    columns.add(ColumnSpec.of("kind", "string"));
    lake.define(
        columns,
        new WriteSpec(WriteMode.UPSERT, List.of("ID"), List.of("at"), deletes, Optional.of("gone")),
        new TargetSpec(lake.table(), List.of("kind"), null));
    TestArchive other = lake.anotherTopic("others");
    Interleaving events = new Interleaving(new Random(deletes.ordinal()), 2_000, 8, 3);
    assertThat(events.movedKeys()).as("keys that change their partition").isGreaterThan(500);
    assertThat(events.changedKinds()).as("keys that change the table's").isGreaterThan(500);
    assertThat(events.deletesFirst()).as("deletes before what they delete").isGreaterThan(100);
    // Even entries are of one topic, odd ones of the other; ingested in the order of their numbers.
    for (List<Integer> visible :
        List.of(List.of(0, 2, 4), List.of(1), List.of(3, 5, 6), List.of(7))) {
      for (int entry : visible) {
        TestArchive archive = entry % 2 == 0 ? lake.archive() : other;
        archive.put(1_763_712_100_000L + entry * 10_000L, events.entry(entry));
      }
      lake.run();
    }

    if (deletes == Deletes.HARD) {
      assertThat(lake.query("select id, value from t order by id"))
          .containsExactlyElementsOf(events.rows(false));
    } else {
      assertThat(lake.query("select id, value, _deleted from t order by id"))
          .containsExactlyElementsOf(events.rows(true));
    }
    assertThat(lake.query("select count(*) from t where kind <> " + Interleaving.KIND))
        .containsExactly("[0]");
    PlanCounts totals = lake.account().totals().get("events");
    assertThat(totals.read()).isEqualTo(events.size());
    assertThat(totals.balanced()).isTrue();
  }

  @Test
  @Tag("long")
  void aRunThatDiesAnywhereIsFinishedByTheNextExactly() throws Exception {
    TestLake lake = lake(Deletes.HARD);
    List<String> points =
        List.of(
            "phase2.plan-put",
            "phase2.before-tombstones",
            "phase2.after-tombstones",
            "phase2.after-quarantine",
            "phase2.after-table",
            "phase2.after-account");
    List<TestArchive.Message> first = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      first.addAll(
          List.of(event("a" + i, 5, "a5"), event("b" + i, 5, "b"), event("c" + i, 5, "c")));
    }
    lake.archive().put(first);
    lake.run();
    List<String> rows = new ArrayList<>();
    List<String> quarantined = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      lake.archive()
          .put(
              List.of(
                  event("a" + i, 7, "a7"),
                  tombstone("a" + i),
                  event("b" + i, 4, "late"),
                  event("c" + i, 6, "c6"),
                  message("x", "{")));
      TestSpark.failAt(points.get(i));
      assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
      lake.archive().put(List.of(event("a" + i, 6, "late"), event("d" + i, 1, "d")));
      lake.run();
      rows.addAll(List.of("[b%d,b]".formatted(i), "[c%d,c6]".formatted(i), "[d%d,d]".formatted(i)));
      quarantined.add("[%d,%d]".formatted(3 * points.size() + 7 * i + 4, 2 + 2 * i));
    }

    assertThat(lake.query("select id, value from t order by id"))
        .containsExactlyInAnyOrderElementsOf(rows);
    assertThat(lake.query("select _offset, _plan from q order by _offset, _plan"))
        .containsExactlyElementsOf(quarantined);
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(60, 24, 6, 6, 0, 6, 6, 12, 0));
  }

  @Test
  void twoExecutorsOfOnePlanWriteItOnceAndAgreeOnItsAccounts() throws Exception {
    TestLake lake = lake(Deletes.HARD);
    lake.archive().put(List.of(event("a", 1, "a1"), event("b", 1, "b1")));
    lake.run();
    lake.archive().put(List.of(event("a", 2, "a2"), event("c", 1, "c1"), message("x", "{")));

    assertThat(countsOfTwoExecutors(lake)).containsOnly(new PlanCounts(3, 1, 1, 0, 0, 1, 0, 0, 0));
    assertThat(lake.query("select id, value from t order by id"))
        .containsExactly("[a,a2]", "[b,b1]", "[c,c1]");
    assertThat(lake.query("select count(*) from q")).containsExactly("[1]");
  }

  @Test
  void twoExecutorsOfThePlanThatFillsAnEmptyTableWriteItOnce() throws Exception {
    TestLake lake = lake(Deletes.HARD);
    // Creates the table.
    lake.run();
    lake.archive()
        .put(
            List.of(
                event("a", 2, "a2"),
                event("a", 1, "a1"),
                event("b", 1, "b1"),
                message("c", "{\"id\":\"c\",\"at\":9,\"gone\":true}"),
                tombstone("b")));

    assertThat(countsOfTwoExecutors(lake)).containsOnly(new PlanCounts(5, 1, 0, 0, 0, 0, 2, 0, 2));
    assertThat(lake.query("select id, value from t")).containsExactly("[a,a2]");
    // There was nothing to merge with.
    assertThat(operations(lake)).doesNotContain("MERGE");
    lake.archive().put(List.of(event("a", 3, "a3"), event("b", 0, "late"), event("d", 1, "d1")));
    lake.run();
    assertThat(lake.query("select id, value from t order by id"))
        .containsExactly("[a,a3]", "[d,d1]");
    assertThat(operations(lake)).contains("MERGE");
  }

  private static List<String> operations(TestLake lake) {
    return DeltaTable.forPath(TestSpark.get(), lake.table())
        .history()
        .select("operation")
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }

  /** Both do the next plan, which no run has begun. */
  private static List<PlanCounts> countsOfTwoExecutors(TestLake lake) throws Exception {
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    Plan plan = lake.log().plan(lake.log().head().getAsLong()).orElseThrow();
    List<CompletableFuture<PlanCounts>> racing =
        IntStream.range(0, 2)
            .mapToObj(
                racer -> CompletableFuture.supplyAsync(() -> executed(lake, plan, "racer" + racer)))
            .toList();
    return racing.stream().map(CompletableFuture::join).toList();
  }

  @Test
  void aSmallPlanAsksLittleOfSpark() throws Exception {
    TestLake lake = lake(Deletes.HARD);
    lake.archive().put(List.of(event("a", 1, "a1"), event("b", 1, "b1"), tombstone("c")));
    lake.run();
    lake.archive().put(List.of(event("a", 2, "a2"), event("b", 2, "b2"), tombstone("b")));

    int jobs = TestSpark.jobsDuring(lake::run);

    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 0, 1, 1, 0, 0, 1, 0, 0));
    assertThat(jobs).as("Spark jobs of a plan with deletes").isBetween(1, 50);
  }

  @Test
  void aDriverWhoseDatasetIsPlannedByAnotherRunStops() throws Exception {
    TestLake lake = lake(Deletes.HARD);
    lake.archive().put(List.of(event("a", 1, "a1")));
    lake.run();
    Plan last = lake.log().plan(1).orElseThrow();
    var rival = lake.unit("rival");
    lake.specs().beforeNextLookUp(() -> lake.log().put(after(last)));
    lake.archive().put(List.of(event("a", 2, "a2")));

    assertThatThrownBy(() -> rival.run(new dev.tributary.streaming.StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_CONFLICT))
        .hasMessageContaining("Another run (stranger) writes dataset 'events'");
  }

  /** A conflict that may pass is tried again, as a driver would. */
  private static PlanCounts executed(TestLake lake, Plan plan, String run) {
    PlanExecutor executor = new PlanExecutor(TestSpark.get(), lake.log(), run, Clock.systemUTC());
    for (int attempt = 0; ; attempt++) {
      try {
        return executor.execute(plan).counts();
      } catch (TributaryException e) {
        if (!e.code().retryable() || attempt == 5) {
          throw e;
        }
      }
    }
  }

  private static Plan after(Plan last) {
    return new Plan(
        last.format(),
        last.plan() + 1,
        last.generation(),
        "stranger",
        last.kind(),
        last.dataset(),
        last.datasetVersion(),
        "stranger",
        last.plannedAt(),
        last.source(),
        last.jars(),
        last.positions(),
        last.ddl());
  }

  private TestLake lake(Deletes deletes) {
    TestLake lake = new TestLake(folder);
    lake.define(
        COLUMNS,
        new WriteSpec(WriteMode.UPSERT, List.of("ID"), List.of("at"), deletes, Optional.of("gone")),
        null,
        null,
        null);
    return lake;
  }

  private static void defineIgnoring(
      TestLake lake, String deleteWhen, TransformSpec... transforms) {
    lake.define(
        COLUMNS,
        new WriteSpec(
            WriteMode.UPSERT,
            List.of("id"),
            List.of("at"),
            Deletes.IGNORE,
            Optional.of(deleteWhen)),
        List.of(transforms),
        null,
        null);
  }

  private static TestArchive.Message event(String id, int at, String value) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"value\":\"%s\"}".formatted(id, at, value));
  }
}
