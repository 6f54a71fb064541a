package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.live.DatasetUnit;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.plan.Succession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableTimeline;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A RESTORE by hand, of the table alone. The oracle is what the archive holds, record by record.
 */
final class RestoreIT {
  private static final List<ColumnSpec> COLUMNS = List.of(ColumnSpec.of("id", "bigint"));
  private static final List<ColumnSpec> MORE =
      List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("more", "string"));

  private static final String TABLE = "select _offset from t order by _offset";
  private static final String SET_ASIDE = "select _offset, _plan from q order by _offset, _plan";

  @TempDir Path folder;

  @Test
  void thePlansThatAnAppendTableLacksAreDoneAgainInANewGeneration() throws Exception {
    TestLake lake = appended(entry(0), entry(4), entry(8));
    PlanAccount before = lake.account();
    restore(lake, 1);
    lake.archive().put(entry(12));

    lake.run();

    assertHolds(lake, 16);
    assertThat(lake.query(SET_ASIDE)).containsExactly("[3,1]", "[7,2]", "[11,3]", "[15,4]");
    Succession begun = lake.log().succession().orElseThrow();
    assertThat(begun.state()).isEqualTo(1);
    assertThat(begun.through()).isEqualTo(3);
    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(lake.log().account(3).orElseThrow().generation()).isEqualTo(1);
    assertThat(lake.log().account(3).orElseThrow().totals()).isEqualTo(before.totals());
    assertThat(lake.log().account(1).orElseThrow().generation()).isZero();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 3, 0, 0, 0, 1, 0, 0, 0));
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(16, 12, 0, 0, 0, 4, 0, 0, 0));
    Plan again = lake.log().plan(3).orElseThrow();
    assertThat(again.again().orElseThrow().generation()).isZero();
    assertThat(again.source()).isEqualTo(lake.log().toDoAgain(3).orElseThrow().source());
    assertThat(Files.readString(folder.resolve("lake/_plans/events/00000/%020d.json".formatted(4))))
        .as("a release from before does not know the kind, and the plan is never done")
        .contains("\"kind\":\"restore\"");
    assertThat(folder.resolve("lake/_plans/events/00000/%020d.done.json".formatted(4)))
        .doesNotExist();
    SparkSession.setActiveSession(TestSpark.get());
    assertThat(
            new DeltaTransactions(TestSpark.get())
                .marked(lake.log().folders().table(), lake.log().application(0)))
        .hasValue(TableTimeline.CLOSED);
  }

  @Test
  @Tag("long")
  void aTableIsRestoredToAnyVersionAndToATimeAndAgainAndAgain() throws Exception {
    TestLake lake = appended(entry(0), entry(4));
    restore(lake, 1);
    lake.run();
    assertHolds(lake, 8);
    assertThat(lake.log().generation()).as("nothing new was needed to see it").isEqualTo(1);
    lake.run();
    assertThat(lake.log().generation()).isEqualTo(1);

    lake.archive().put(entry(8));
    lake.run();
    long held = lake.account().versions().table().orElseThrow();
    restore(lake, lake.log().succession().orElseThrow().tableVersion());
    lake.run();
    assertThat(lake.log().succession().orElseThrow().state()).isEqualTo(1);
    assertThat(lake.log().succession().orElseThrow().through()).isEqualTo(3);
    assertHolds(lake, 12);

    assertThatThrownBy(
            () -> {
              restore(lake, held);
              lake.run();
            })
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_RESTORED))
        .hasMessageContaining("what plan 3 had left before generation 2");
    restore(lake, 0);
    lake.run();
    assertThat(lake.log().generation()).isEqualTo(3);
    assertThat(lake.log().succession().orElseThrow().state()).isZero();
    assertHolds(lake, 12);

    lake.archive().put(entry(12));
    lake.run();
    long version = lake.log().account(2).orElseThrow().versions().table().orElseThrow();
    DeltaTable.forPath(TestSpark.get(), lake.table())
        .restoreToTimestamp(
            TestSpark.get()
                .sql("describe history delta.`%s`".formatted(lake.table()))
                .filter("version = " + version)
                .select("timestamp")
                .head()
                .getTimestamp(0)
                .toString());
    lake.run();
    assertThat(lake.log().generation()).isEqualTo(4);
    assertThat(lake.log().succession().orElseThrow().state()).isEqualTo(2);
    assertHolds(lake, 16);
    assertThat(lake.query(SET_ASIDE)).containsExactly("[3,1]", "[7,2]", "[11,3]", "[15,4]");
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(16, 12, 0, 0, 0, 4, 0, 0, 0));
  }

  @Test
  @Tag("long")
  void anUpsertTableHasItsRowsAndItsDeletesAgainAndOnce() throws Exception {
    TestLake lake = keyed();
    Interleaving events = new Interleaving(new Random(7), 60, 6);
    for (int entry = 0; entry < 5; entry++) {
      lake.archive().put(events.entry(entry));
      lake.run();
    }
    lake.archive().put(List.of(message("b", "{")));
    lake.archive().put(events.entry(5));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    assertThat(lake.log().account(lake.log().head().getAsLong())).as("not done").isEmpty();
    List<String> remembered = remembered(lake);
    restore(lake, lake.log().account(2).orElseThrow().versions().table().orElseThrow());

    lake.run();

    assertThat(lake.log().succession().orElseThrow().state()).isEqualTo(2);
    assertThat(lake.query("select id, value from t order by id"))
        .containsExactlyElementsOf(events.rows(false));
    assertThat(remembered(lake)).isEqualTo(remembered).doesNotHaveDuplicates();
    assertThat(lake.query("select count(*) from q")).containsExactly("[1]");
    PlanCounts totals = lake.account().totals().get("events");
    assertThat(totals.read()).isEqualTo(events.size() + 1);
    assertThat(totals.balanced()).isTrue();
    assertThat(totals.inserted() - totals.deleted()).isEqualTo(events.rows(false).size());
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void aRestoreToBeforeAChangeOfColumnsDoesTheChangeAgain() throws Exception {
    TestLake lake = appended(List.of(message("0", "{\"id\":0,\"more\":\"m\"}")));
    lake.define(MORE, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("1", "{\"id\":1,\"more\":\"m\"}")));
    lake.run();
    restore(lake, 1);

    lake.run();

    assertThat(lake.log().succession().orElseThrow().state()).isEqualTo(1);
    assertThat(lake.log().plan(2).orElseThrow().kind()).isEqualTo(PlanKind.DDL);
    assertThat(lake.query("select id, more from t order by id"))
        .containsExactly("[0,null]", "[1,m]");
    assertThat(lake.account().inForce()).containsEntry("events", 2L);
  }

  @Test
  @Tag("long")
  void backfillsReplaysAndVoidPlansAreDoneAgainAsTheyWereDone() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> strict =
        List.of(ColumnSpec.of("id", "bigint"), new ColumnSpec("name", "string", false, null, null));
    lake.define(strict, WriteSpec.append(), null, new BreakerSpec(0.6, 1L), 1L);
    lake.archive()
        .put(List.of(message("0", "{\"id\":0,\"name\":\"n\"}"), message("1", "{\"id\":1}")));
    lake.archive().put(List.of(message("2", "{"), message("3", "{\"id\":3,\"name\":\"n\"}")));
    lake.run();
    lake.archive().put(List.of(message("4", "{\"id\":4}"), message("5", "{\"id\":5}")));
    assertThatThrownBy(lake::run).hasMessageContaining("would set aside 2 of 2");
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(3, "ann", "names are to come");
    lake.define(
        List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("name", "string")),
        WriteSpec.append(),
        null,
        null,
        1L);
    lake.run();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset = 3");
    lake.backfill(backfill(BackfillMode.FILL, 2, 2)).run(new StopSignal());
    lake.replay(
        new ReplayRequest("events", List.of(), List.of(), OptionalLong.empty(), Duration.ZERO));
    lake.backfill(backfill(BackfillMode.REPLACE, 3, 3)).run(new StopSignal());
    PlanAccount done = lake.account();
    List<String> rows = lake.query("select _offset, id, name from t order by _offset");
    String quarantine =
        "select _offset, _code, _plan, _resolved_plan from q order by _offset, _plan";
    List<String> setAside = lake.query(quarantine);
    assertThat(rows).hasSize(5);
    assertThat(setAside).hasSize(2);
    restore(lake, lake.log().account(1).orElseThrow().versions().table().orElseThrow());

    lake.run();

    assertThat(lake.log().succession().orElseThrow().state()).isEqualTo(1);
    assertThat(lake.query("select _offset, id, name from t order by _offset")).isEqualTo(rows);
    assertThat(lake.query(quarantine)).isEqualTo(setAside);
    assertThat(lake.account().plan()).isEqualTo(done.plan());
    assertThat(lake.account().totals()).isEqualTo(done.totals());
    assertThat(lake.log().account(3).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.log().account(3).orElseThrow().generation()).isEqualTo(1);
    PlanCounts again = lake.account().backfilled().orElseThrow().of("events").counts();
    assertThat(again.quarantined())
        .isEqualTo(done.backfilled().orElseThrow().of("events").counts().quarantined());
    assertThat(again.balanced()).isTrue();
    assertThat(lake.account().backfilled().orElseThrow().of("events").replaced().quarantined())
        .isEqualTo(done.backfilled().orElseThrow().of("events").replaced().quarantined());
  }

  @Test
  @Tag("long")
  void aRunThatDiesAnywhereInTheOpeningOfAGenerationIsFollowedByOneThatGoesOn() throws Exception {
    TestLake lake = appended(entry(0));
    List<String> points =
        List.of(
            "phase2.generation-ended",
            "phase2.generation-closed",
            "phase2.generation-put",
            "phase2.generation-prepared",
            "phase2.after-quarantine",
            "phase2.after-table");
    for (int i = 0; i < points.size(); i++) {
      long before = lake.account().versions().table().orElseThrow();
      lake.archive().put(entry(4 + 4 * i));
      lake.run();
      restore(lake, before);
      TestSpark.failAt(points.get(i));
      assertThatThrownBy(lake::run).as(points.get(i)).isInstanceOf(UncheckedIOException.class);
      lake.run();
      assertThat(lake.log().generation()).as(points.get(i)).isEqualTo(i + 1);
      assertHolds(lake, 8 + 4 * i);
    }
    assertThat(lake.query("select count(*), count(distinct _offset) from q"))
        .containsExactly("[7,7]");
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(28, 21, 0, 0, 0, 7, 0, 0, 0));
  }

  @Test
  @Tag("long")
  void twoDriversThatSeeItAtOnceAgree() throws Exception {
    TestLake lake = keyed();
    Interleaving events = new Interleaving(new Random(11), 40, 4);
    for (int entry = 0; entry < 4; entry++) {
      lake.archive().put(events.entry(entry));
      lake.run();
    }
    List<String> remembered = remembered(lake);
    restore(lake, 1);

    List<CompletableFuture<Void>> drivers = new ArrayList<>();
    for (String run : List.of("one", "two")) {
      drivers.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  lake.unit(run).run(new StopSignal());
                } catch (InterruptedException e) {
                  throw new CompletionException(e);
                }
              }));
    }
    drivers.forEach(CompletableFuture::join);

    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(lake.query("select id, value from t order by id"))
        .containsExactlyElementsOf(events.rows(false));
    assertThat(remembered(lake)).isEqualTo(remembered);
    assertThat(lake.account().totals().get("events").read()).isEqualTo(events.size());
  }

  @Test
  @Tag("long")
  void aRestoreInTheMiddleOfAPlanTakesNothingAway() throws Exception {
    TestLake lake = appended(entry(0), entry(4));
    lake.archive().put(entry(8));
    boolean met = BeforeCommit.during(lake::run, () -> restore(lake, 1));
    assertThat(met).isTrue();
    lake.run();
    assertHolds(lake, 12);
    assertThat(lake.log().generation()).isEqualTo(1);

    lake.archive().put(entry(12));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    restore(lake, lake.log().account(1).orElseThrow().versions().table().orElseThrow());
    SparkSession.setActiveSession(TestSpark.get());
    long open = lake.log().head().getAsLong();
    DeltaTransactions.Pending intruder =
        new DeltaTransactions(TestSpark.get())
            .begin(lake.log().folders().table(), new PlanMark(lake.log().application(), open));
    intruder.write(TestSpark.get().read().format("delta").load(lake.table()).limit(2));
    intruder.commit("by a run that had looked before the RESTORE, and committed after it");

    lake.run();

    assertThat(lake.log().generation()).isEqualTo(2);
    assertHolds(lake, 16);
    assertThat(lake.query("select count(*), count(distinct _offset) from q"))
        .containsExactly("[4,4]");
  }

  @Test
  @Tag("long")
  void whatRetentionHasRemovedCannotBeMadeAgainAndNothingIsBegun() throws Exception {
    TestLake lake = appended(entry(0), entry(4));
    lake.archive().put(entry(8));
    lake.run();
    restore(lake, 1);
    expire(retention(lake));

    PipelineMetrics metrics = new PipelineMetrics("events", "phase2", Clock.systemUTC());
    DatasetUnit unit = lake.unit("run", metrics);
    TributaryException refused =
        catchThrowableOfType(TributaryException.class, () -> unit.run(new StopSignal()));
    assertThat(refused.code()).isEqualTo(ErrorCode.TABLE_RESTORED);
    assertThat(refused)
        .hasMessageContaining("retention has removed")
        .hasMessageContaining("TO VERSION AS OF 3");
    assertThat(lake.log().generation()).isZero();
    metrics.failed(refused);
    assertThat(lake.unit("run", metrics).fingerprint())
        .as("it stays failed")
        .isEqualTo(unit.fingerprint());
    restore(lake, 3);
    assertThat(lake.unit("run", metrics).fingerprint())
        .as("it goes on by itself")
        .isNotEqualTo(unit.fingerprint());
    lake.run();
    assertHolds(lake, 12);
    assertThat(lake.log().generation()).isZero();
  }

  @Test
  @Tag("long")
  void whatExpiresWhileAGenerationBeginsIsReadAndWhereItIsGoneNothingIsMadeOfTheRest()
      throws Exception {
    TestLake lake = appended(entry(0), entry(4), entry(8));
    restore(lake, 1);
    TestSpark.failAt("phase2.generation-prepared");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    ArchiveRetention retention = retention(lake);
    ManifestEntry expired = expire(retention);

    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();
    assertHolds(lake, 12);
    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(retention.remove(expired, 1_763_712_009_000L)).isEqualTo(2);

    TestLake other = new TestLake(folder.resolve("other"));
    other.define(COLUMNS, WriteSpec.append(), null, null, 1L);
    for (int first = 0; first < 12; first += 4) {
      other.archive().put(entry(first));
    }
    other.run();
    restore(other, 1);
    TestSpark.failAt("phase2.generation-prepared");
    assertThatThrownBy(other::run).isInstanceOf(UncheckedIOException.class);
    retention(other).remove(expire(retention(other)), 1_763_712_009_000L);
    assertThatThrownBy(other::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_RESTORED))
        .hasMessageContaining("Plan 2 of dataset 'events' is done again")
        .hasMessageContaining("retention has removed records meanwhile");
    assertHolds(other, 4);
  }

  @Test
  @Tag("long")
  void aChunkThatWasNeverDoneIsGivenUpAlsoWhereARestoreCameBetween() throws Exception {
    TestLake lake = appended(entry(0));
    lake.define(COLUMNS, WriteSpec.append(), null, new BreakerSpec(0.1, 1L), 1L);
    lake.run();
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(
            () -> lake.backfill(backfill(BackfillMode.REPLACE, 1, 1)).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    restore(lake, 1);
    lake.archive().put(List.of(message("good", "{\"id\":4}")));

    lake.run();

    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(lake.log().account(3).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query(TABLE)).containsExactly("[0]", "[1]", "[2]", "[4]");
    assertThat(lake.query(SET_ASIDE)).containsExactly("[3,1]");
    assertThatThrownBy(
            () -> lake.backfill(backfill(BackfillMode.REPLACE, 1, 1)).run(new StopSignal()))
        .as("it goes on with that chunk")
        .hasMessageContaining("would set aside 1 of 4");
  }

  /** What it does beside the table comes after its commit, and no RESTORE takes that back. */
  @Test
  @Tag("long")
  void aChunkThatHadReleasedWhenItsTableWasRestoredCountsAsDone() throws Exception {
    TestLake lake = appended(entry(0), entry(4));
    TestSpark.failAt("phase2.after-release");
    assertThatThrownBy(
            () -> lake.backfill(backfill(BackfillMode.REPLACE, 1, 1)).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(3, "ann", "it was a mistake");
    restore(lake, 1);

    lake.run();

    assertThat(lake.log().generation()).isEqualTo(1);
    PlanAccount again = lake.log().account(3).orElseThrow();
    assertThat(again.outcome()).as("as before the RESTORE").isEqualTo(PlanOutcome.COMMITTED);
    assertThat(again.replaced()).contains(new Replaced(3, 1));
    assertHolds(lake, 8);
    assertThat(lake.query(SET_ASIDE)).containsExactly("[3,3]", "[7,2]");
    assertThat(again.backfilled().orElseThrow().totals().get("events"))
        .isEqualTo(new BackfillTotals(again.counts(), new Replaced(3, 1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"phase2.after-table", "phase2.after-release"})
  @Tag("long")
  void aReplayWhoseTableWasRestoredBeforeItsAccountCountsAsDone(String point) throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ColumnSpec.of("id", "bigint"), new ColumnSpec("more", "string", false, null, null)),
        WriteSpec.append(),
        null,
        null,
        1L);
    lake.archive()
        .put(List.of(message("0", "{\"id\":0,\"more\":\"m\"}"), message("1", "{\"id\":1}")));
    lake.run();
    lake.define(MORE, WriteSpec.append(), null, null, 1L);
    lake.run();
    long before = lake.account().versions().table().orElseThrow();
    TestSpark.failAt(point);
    assertThatThrownBy(
            () ->
                lake.replay(
                    new ReplayRequest(
                        "events", List.of(), List.of(), OptionalLong.empty(), Duration.ZERO)))
        .isInstanceOf(UncheckedIOException.class);
    long open = lake.log().head().getAsLong();
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(open, "ann", "it was a mistake");
    restore(lake, before);

    lake.run();

    PlanAccount again = lake.log().account(open).orElseThrow();
    assertThat(again.outcome()).as("as before the RESTORE").isEqualTo(PlanOutcome.COMMITTED);
    assertThat(again.generation()).isEqualTo(1);
    assertThat(again.replaced()).contains(new Replaced(0, 1));
    assertThat(lake.query("select _offset from t order by 1")).containsExactly("[0]", "[1]");
    assertThat(lake.query("select _offset, _resolved_plan from q"))
        .containsExactly("[1,%d]".formatted(open));
  }

  @Test
  @Tag("long")
  void aKeyIsLookedForAmongTheRowsThatComeBackToo() throws Exception {
    TestLake lake = appended(entry(0));
    StopSignal stop = new StopSignal();
    CompletableFuture<Void> live =
        CompletableFuture.runAsync(
            () -> {
              try {
                lake.continuous().run(stop);
              } catch (InterruptedException e) {
                throw new CompletionException(e);
              }
            });
    lake.archive().put(List.of(message("twice", "{\"id\":1}")));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> lake.account().plan() == 2 && lake.log().head().getAsLong() == 2);
    restore(lake, 1);
    lake.define(
        COLUMNS,
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of(), Deletes.HARD, Optional.empty()),
        null,
        null,
        1L);
    lake.archive().put(List.of(message("more", "{\"id\":9}")));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> live.isDone() || lake.account().position("events", "events") == 4);
    stop.request();
    live.join();

    assertThat(lake.account().inForce()).containsEntry("events", 1L);
    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(lake.query("select id from t order by _offset"))
        .containsExactly("[0]", "[1]", "[2]", "[1]", "[9]");
  }

  private static ArchiveRetention retention(TestLake lake) {
    return new ArchiveRetention(
        ManifestLog.open(lake.archive().location(), "events", new Configuration()));
  }

  /** Of three entries the first two. */
  private static ManifestEntry expire(ArchiveRetention retention) {
    return retention
        .expire(1_763_712_002_500L, new Author("test", "test"), 1_763_712_009_000L)
        .orElseThrow();
  }

  @Test
  @Tag("long")
  void aQuarantineThatWasRestoredTooIsBroughtBackBeforeAnyGenerationBegins() throws Exception {
    TestLake lake = appended(entry(0), entry(4), entry(8), List.of(message("good", "{\"id\":12}")));
    org.apache.hadoop.fs.Path quarantine = lake.log().folders().quarantine();
    restore(lake, 1);
    lake.run();
    assertThat(lake.log().generation()).isEqualTo(1);
    long third = lake.log().account(3).orElseThrow().versions().table().orElseThrow();

    restore(lake, 1);
    restore(quarantine, 0);
    String lacks = "was restored too, by its version 4, and lacks what plans up to 4";
    assertRefused(lake, lacks, quarantine, 3);
    restore(lake, third);
    assertRefused(lake, lacks, quarantine, 3);

    restore(quarantine, 3);
    lake.run();
    assertThat(lake.log().generation()).isEqualTo(2);
    assertThat(lake.log().succession().orElseThrow().state()).isEqualTo(3);
    assertThat(lake.query(SET_ASIDE)).containsExactly("[3,1]", "[7,2]", "[11,3]");
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[10,10]");
  }

  /** It counts as done once the generation has begun, and would write nothing there again. */
  @Test
  @Tag("long")
  void aQuarantineThatWasRestoredTooIsMissedByAReplacementWithoutItsAccountToo() throws Exception {
    TestLake lake = appended(entry(0), entry(4));
    org.apache.hadoop.fs.Path quarantine = lake.log().folders().quarantine();
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(
            () -> lake.backfill(backfill(BackfillMode.REPLACE, 1, 1)).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(lake.query(SET_ASIDE)).containsExactly("[3,1]", "[3,3]", "[7,2]");
    restore(lake, 1);
    restore(quarantine, 1);
    assertRefused(
        lake, "was restored too, by its version 3, and lacks what plans up to 3", quarantine, 2);

    restore(quarantine, 2);
    lake.run();

    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(lake.log().account(3).orElseThrow().replaced()).contains(new Replaced(3, 1));
    assertHolds(lake, 8);
    assertThat(lake.query(SET_ASIDE)).containsExactly("[3,3]", "[7,2]");
  }

  /** As the one that was restored; here no commit says so. */
  @Test
  @Tag("long")
  void anOlderQuarantineThatWasPutBackIsMissedByAReplacementWithoutItsAccountToo()
      throws Exception {
    TestLake lake = appended(entry(0), entry(4));
    Path quarantine = Path.of(lake.log().folders().quarantine().toUri().getPath());
    LostTableIT.copy(quarantine, folder.resolve("older"));
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(
            () -> lake.backfill(backfill(BackfillMode.REPLACE, 1, 1)).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    LostTableIT.copy(quarantine, folder.resolve("newer"));
    restore(lake, 1);
    replace(quarantine, folder.resolve("older"));

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_RESTORED))
        .hasMessageContaining(
            "the quarantine %s had come to version 2, and is lost"
                .formatted(lake.log().folders().quarantine()));
    assertThat(lake.log().generation()).isZero();

    replace(quarantine, folder.resolve("newer"));
    lake.run();

    assertThat(lake.log().generation()).isEqualTo(1);
    assertHolds(lake, 8);
    assertThat(lake.query(SET_ASIDE)).containsExactly("[3,3]", "[7,2]");
  }

  private static void replace(Path table, Path by) throws IOException {
    assertThat(FileUtil.fullyDelete(table.toFile())).isTrue();
    LostTableIT.copy(by, table);
  }

  @Test
  @Tag("long")
  void tombstonesThatWereRestoredTooMayLackDeletesOfPlansThatAreDoneAgainAndOfNoOthers()
      throws Exception {
    TestLake lake = keyed();
    org.apache.hadoop.fs.Path tombstones = lake.log().folders().tombstones();
    for (int entry = 0; entry < 3; entry++) {
      lake.archive()
          .put(List.of(message("k", "{\"id\":\"k%d\",\"at\":9,\"gone\":true}".formatted(entry))));
      lake.run();
    }
    List<String> remembered = remembered(lake);
    assertThat(remembered).hasSize(3);

    restore(lake, lake.log().account(2).orElseThrow().versions().table().orElseThrow());
    restore(tombstones, 0);
    assertRefused(
        lake, "was restored too, by its version 3, and lacks what plans up to 2", tombstones, 2);
    restore(lake, lake.log().account(1).orElseThrow().versions().table().orElseThrow());
    lake.run();

    assertThat(lake.log().succession().orElseThrow().state()).isEqualTo(1);
    assertThat(remembered(lake)).isEqualTo(remembered);
  }

  private static void assertRefused(
      TestLake lake, String reason, org.apache.hadoop.fs.Path beside, long version) {
    int generation = lake.log().generation();
    long head = lake.log().head().orElseThrow();
    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_RESTORED))
        .hasMessageContaining(reason)
        .hasMessageContaining(
            "RESTORE TABLE delta.`%s` TO VERSION AS OF %d".formatted(beside, version));
    assertThat(lake.log().generation()).isEqualTo(generation);
    assertThat(lake.log().head()).as("nothing is begun").hasValue(head);
  }

  private static void restore(org.apache.hadoop.fs.Path beside, long version) {
    DeltaTable.forPath(TestSpark.get(), beside.toString()).restoreToVersion(version);
  }

  /** An entry of four records, whose last one is bad. */
  private static List<TestArchive.Message> entry(int first) {
    List<TestArchive.Message> messages =
        new ArrayList<>(
            IntStream.range(first, first + 3)
                .mapToObj(i -> message("k" + i, "{\"id\":%d}".formatted(i)))
                .toList());
    messages.add(message("k" + (first + 3), "{"));
    return messages;
  }

  /** Plan 0 makes the table, each entry is a plan more. */
  @SafeVarargs
  private TestLake appended(List<TestArchive.Message>... entries) throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, 1L);
    for (List<TestArchive.Message> entry : entries) {
      lake.archive().put(entry);
    }
    lake.run();
    return lake;
  }

  private TestLake keyed() {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(
            ColumnSpec.of("id", "string"),
            ColumnSpec.of("at", "int"),
            ColumnSpec.of("value", "string"),
            ColumnSpec.of("gone", "boolean")),
        new WriteSpec(
            WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, Optional.of("gone")),
        null,
        null,
        null);
    return lake;
  }

  private static void restore(TestLake lake, long version) {
    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(version);
  }

  /** Of every four records the last one is bad. */
  private static void assertHolds(TestLake lake, int records) {
    assertThat(lake.query(TABLE))
        .containsExactlyElementsOf(
            IntStream.range(0, records)
                .filter(offset -> offset % 4 != 3)
                .mapToObj("[%d]"::formatted)
                .toList());
  }

  private static List<String> remembered(TestLake lake) {
    return TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().tombstones().toString())
        .selectExpr("id", "_order", "_offset", "_tombstone", "_plan")
        .collectAsList()
        .stream()
        .map(Object::toString)
        .sorted()
        .collect(Collectors.toList());
  }

  private static BackfillRequest backfill(BackfillMode mode, long from, long to) {
    return new BackfillRequest(
        "events",
        mode,
        new Selection(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(new Selection.EntryBound("events", from)),
            List.of(new Selection.EntryBound("events", to)),
            List.of(),
            List.of(),
            OptionalInt.empty()),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.of("%s-%d-%d".formatted(mode, from, to)),
        OptionalLong.empty(),
        Duration.ZERO);
  }
}
