package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.backfill.Selection.EntryBound;
import dev.tributary.phase2.backfill.Selection.OffsetBound;
import dev.tributary.phase2.plan.BackfillHistory;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BackfillIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(ColumnSpec.of("id", "bigint"), new ColumnSpec("name", "string", false, null, null));

  /** What was quarantined without a name passes, an amount that is no number fails. */
  private static final List<ColumnSpec> LATER =
      List.of(
          ColumnSpec.of("id", "bigint"),
          ColumnSpec.of("name", "string"),
          ColumnSpec.of("amount", "bigint"));

  private static final List<ColumnSpec> KEYED =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "int"),
          ColumnSpec.of("value", "string"),
          ColumnSpec.of("gone", "boolean"));

  private static final Instant DAY = Instant.parse("2026-11-21T08:00:00Z");

  @TempDir Path folder;

  @Test
  void fillWritesExactlyTheRecordsThatTheTableLacks() throws Exception {
    TestLake lake = appended(numbers(0, 4), List.of(message("b", "{"), message("c", "{")));
    PlanAccount live = lake.account();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset IN (1, 2)");

    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());

    assertThat(lake.query("select id from t order by _offset"))
        .containsExactly("[0]", "[1]", "[2]", "[3]");
    assertThat(lake.query("select _offset, _plan from q order by _offset, _plan"))
        .containsExactly("[4,1]", "[5,1]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 2, 0, 0, 0, 0, 0, 0, 0, 4));
    assertThat(lake.account().counts().balanced()).isTrue();
    assertThat(lake.account().positions()).isEqualTo(live.positions());
    assertThat(lake.account().totals()).isEqualTo(live.totals());
    assertThat(lake.account().inForce()).isEqualTo(live.inForce());
    assertThat(lake.account().backfilled().orElseThrow().of("events").counts().held()).isEqualTo(4);

    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.account().counts())
        .as("done again, since it was given no name")
        .isEqualTo(new PlanCounts(6, 0, 0, 0, 0, 0, 0, 0, 0, 6));
    lake.archive().put(numbers(6, 1));
    lake.run();
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[5,5]");
    assertThat(lake.account().totals().get("events").read()).isEqualTo(7);
    assertThat(lake.account().backfilled().orElseThrow().of("events").counts().read())
        .as("carried on by live plans")
        .isEqualTo(12);
  }

  @Test
  void replaceWritesARangeAgainUnderAnotherVersionAndTheRestStaysAsItWas() throws Exception {
    TestLake lake =
        appended(
            List.of(
                message("a", "{\"id\":0,\"name\":\"n\",\"amount\":10}"),
                message("b", "{\"id\":1,\"amount\":11}"),
                message("c", "{\"id\":2,\"name\":\"n\",\"amount\":true}")),
            List.of(message("d", "{\"id\":3,\"name\":\"n\",\"amount\":13}")));
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[1,missing-column]");
    lake.define(LATER, WriteSpec.append(), null, null, null);
    lake.run();

    lake.backfill(request(BackfillMode.REPLACE, entries(1, 1))).run(new StopSignal());

    assertThat(lake.query("select id, name, amount from t order by _offset"))
        .containsExactly("[0,n,10]", "[1,null,11]", "[3,n,null]");
    assertThat(lake.query("select _offset, _code, _dataset_version from q"))
        .containsExactly("[2,wrong-type,2]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 2, 0, 0, 0, 1, 0, 0, 0));
    assertThat(lake.account().replaced()).contains(new Replaced(2, 1));
    assertThat(lake.account().datasetVersion()).isEqualTo(2);

    lake.backfill(request(BackfillMode.REPLACE, OptionalLong.of(1))).run(new StopSignal());
    assertThat(lake.query("select id, name, amount from t order by _offset"))
        .as("as the version before would have made it")
        .containsExactly("[0,n,null]", "[2,n,null]", "[3,n,null]");
    assertThat(lake.query("select _offset from q")).containsExactly("[1]");
    assertThat(lake.account().inForce()).containsEntry("events", 2L);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void aReplaceThatDiesAnywhereIsFinishedByALiveDriverExactly() throws Exception {
    TestLake lake = appended(mixed(0), mixed(3));
    List<String> points =
        List.of(
            "phase2.plan-put",
            "phase2.before-tombstones",
            "phase2.after-quarantine",
            "phase2.after-table",
            "phase2.after-release",
            "phase2.after-account");
    for (String point : points) {
      TestSpark.failAt(point);
      assertThatThrownBy(() -> lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal()))
          .isInstanceOf(UncheckedIOException.class);
      lake.run();
      long plan = lake.account().plan();

      assertThat(lake.log().plan(plan).orElseThrow().kind()).isEqualTo(PlanKind.BACKFILL);
      assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 4, 0, 0, 0, 2, 0, 0, 0));
      assertThat(lake.account().replaced()).as(point).contains(new Replaced(4, 2));
      assertThat(lake.query("select _offset from t order by _offset"))
          .containsExactly("[0]", "[1]", "[3]", "[4]");
      assertThat(lake.query("select _offset, _plan from q order by _offset, _plan"))
          .containsExactly("[2,%d]".formatted(plan), "[5,%d]".formatted(plan));
    }
  }

  @Test
  @Tag("long")
  void aFillThatDiesAnywhereIsFinishedByALiveDriverExactly() throws Exception {
    TestLake lake = appended(numbers(0, 3), numbers(3, 3));
    List<String> points =
        List.of(
            "phase2.plan-put",
            "phase2.before-tombstones",
            "phase2.after-quarantine",
            "phase2.after-table",
            "phase2.after-account");
    for (String point : points) {
      DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset IN (2, 3)");
      TestSpark.failAt(point);
      assertThatThrownBy(() -> lake.backfill(request(BackfillMode.FILL)).run(new StopSignal()))
          .isInstanceOf(UncheckedIOException.class);
      lake.run();

      assertThat(lake.account().counts())
          .as(point)
          .isEqualTo(new PlanCounts(6, 2, 0, 0, 0, 0, 0, 0, 0, 4));
      assertThat(lake.query("select count(*), count(distinct _offset) from t"))
          .containsExactly("[6,6]");
    }
  }

  @Test
  @Tag("long")
  void whatAFillFindsBadItSetsAsideOnceHoweverOftenItDies() throws Exception {
    TestLake lake = appended(mixed(0));
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset = 1");
    DeltaTable.forPath(TestSpark.get(), quarantine()).delete("_offset = 2");
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(() -> lake.backfill(request(BackfillMode.FILL)).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);

    lake.run();

    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 1, 0, 0, 0, 1, 0, 0, 0, 1));
    assertThat(lake.query("select _offset from q")).containsExactly("[2]");
    assertThat(lake.query("select _offset from t order by _offset")).containsExactly("[0]", "[1]");
  }

  @Test
  @Tag("long")
  void anUpsertTableIsTheSameAfterAFillAndGetsBackWhatWasTakenFromIt() throws Exception {
    for (Deletes deletes : List.of(Deletes.HARD, Deletes.SOFT)) {
      TestLake lake = new TestLake(folder.resolve(deletes.toString()));
      Interleaving events = new Interleaving(new Random(7), 60, 6);
      lake.define(KEYED, upsert(deletes), null, null, null);
      for (int entry = 0; entry < 6; entry++) {
        lake.archive().put(events.entry(entry));
        lake.run();
      }
      String columns = deletes == Deletes.SOFT ? "id, value, _deleted" : "id, value";
      List<String> rows = events.rows(deletes == Deletes.SOFT);
      assertThat(lake.query("select %s from t order by id".formatted(columns))).isEqualTo(rows);

      lake.backfill(chunked(BackfillMode.FILL, 100)).run(new StopSignal());
      assertThat(lake.query("select %s from t order by id".formatted(columns))).isEqualTo(rows);
      PlanCounts first = lake.account().backfilled().orElseThrow().of("events").counts();
      assertThat(first.read()).isEqualTo(events.size());
      assertThat(first.balanced()).isTrue();
      assertThat(first.inserted()).isZero();
      assertThat(first.held()).isPositive();

      DeltaTable.forPath(TestSpark.get(), lake.table()).delete("id < 'k0020'");
      TestSpark.failAt("phase2.after-tombstones");
      assertThatThrownBy(() -> lake.backfill(chunked(BackfillMode.FILL, 100)).run(new StopSignal()))
          .isInstanceOf(UncheckedIOException.class);
      lake.backfill(chunked(BackfillMode.FILL, 100)).run(new StopSignal());
      assertThat(lake.query("select %s from t order by id".formatted(columns))).isEqualTo(rows);
      assertThat(lake.account().unbalanced()).isEmpty();
    }
  }

  @Test
  @Tag("long")
  void anUpsertTableCannotBeReplacedAndTheErrorSaysWhatCanBeDone() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(KEYED, upsert(Deletes.HARD), null, null, null);
    lake.archive().put(List.of(message("a", "{\"id\":\"a\",\"at\":1}"), tombstone("b")));
    lake.run();

    assertThatThrownBy(() -> lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.NOT_SUPPORTED))
        .hasMessageContaining("a row comes from all events of its key")
        .hasMessageContaining("--mode fill");
    assertThat(lake.log().head()).hasValue(lake.account().plan());
  }

  @Test
  @Tag("long")
  void rangesAreCutByOffsetTimeDayAndEntryAndEndAtTheLivePosition() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    long day = Instant.parse("2025-11-22T00:00:00Z").toEpochMilli();
    lake.archive().put(day, numbers(0, 3));
    lake.archive().put(day + 86_400_000, numbers(3, 3));
    lake.archive().put(day + 2 * 86_400_000, numbers(6, 3));
    lake.run();
    lake.archive().put(day + 3 * 86_400_000, numbers(9, 3));
    List<Selection> selections =
        List.of(
            offsets(4, 7),
            times(day + 86_400_000, day + 86_400_001),
            days("2025-11-23", "2025-11-23"),
            entries(3, 9),
            offsets(8, 100));
    List<List<Long>> expected =
        List.of(
            List.of(4L, 5L, 6L),
            List.of(3L, 4L, 5L),
            List.of(3L, 4L, 5L),
            List.of(6L, 7L, 8L),
            List.of(8L));
    for (int i = 0; i < selections.size(); i++) {
      DeltaTable.forPath(TestSpark.get(), lake.table()).delete();
      lake.backfill(request(BackfillMode.FILL, selections.get(i))).run(new StopSignal());
      assertThat(lake.query("select _offset from t order by _offset"))
          .as(selections.get(i).toString())
          .isEqualTo(expected.get(i).stream().map("[%d]"::formatted).toList());
      assertThat(lake.account().backfilled().orElseThrow().of("events").counts().balanced())
          .isTrue();
    }
    lake.backfill(request(BackfillMode.REPLACE, offsets(1, 2))).run(new StopSignal());
    assertThat(lake.account().counts().read()).isEqualTo(1);
    assertThat(lake.query("select _offset from t order by _offset")).containsExactly("[1]", "[8]");
  }

  @Test
  @Tag("long")
  void chunksAreTakenInTurnsWithLiveBatchesAndNeitherLosesNorDoublesAnything() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, 3L);
    for (int entry = 0; entry < 8; entry++) {
      lake.archive().put(numbers(entry * 3, 3));
    }
    lake.run();
    StopSignal stop = new StopSignal();
    CompletableFuture<Void> live =
        CompletableFuture.runAsync(
            () -> {
              try {
                lake.continuous().run(stop);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    lake.archive().put(numbers(24, 3));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> lake.account().position("events", "events") > 9);
    CompletableFuture<Void> backfill = async(lake, named(BackfillMode.REPLACE, "all", 3));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> kinds(lake.log()).contains(PlanKind.BACKFILL));
    for (int entry = 9; entry < 12; entry++) {
      lake.archive().put(numbers(entry * 3, 3));
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> lake.account().position("events", "events") > 12);
    backfill.get();
    stop.request();
    live.get();

    assertThat(lake.query("select count(*), count(distinct _offset), max(_offset) from t"))
        .containsExactly("[36,36,35]");
    assertThat(lake.account().totals().get("events").inserted()).isEqualTo(36);
    assertThat(lake.account().backfilled().orElseThrow().of("events").replaced().rows())
        .isEqualTo(27);
    List<PlanKind> kinds = kinds(lake.log());
    assertThat(
            kinds.subList(kinds.indexOf(PlanKind.BACKFILL), kinds.lastIndexOf(PlanKind.BACKFILL)))
        .contains(PlanKind.LIVE);
  }

  @Test
  @Tag("long")
  void twoRunsOfOneBackfillDoEachChunkOnceAndAStoppedOneGoesOnWhereItStopped() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, 3L);
    for (int entry = 0; entry < 4; entry++) {
      lake.archive().put(numbers(entry * 3, 3));
    }
    lake.run();
    BackfillRequest request = named(BackfillMode.REPLACE, "twice", 3);
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(() -> lake.backfill(request).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    lake.archive().put(numbers(12, 3));
    lake.run();

    CompletableFuture<Void> one = async(lake, request);
    CompletableFuture<Void> other = async(lake, request);
    one.get();
    other.get();
    long done = lake.account().plan();
    lake.backfill(request).run(new StopSignal());

    assertThat(lake.account().plan()).as("done is done").isEqualTo(done);
    assertThat(chunks(lake))
        .containsExactly("twice 0 of 4", "twice 1 of 4", "twice 2 of 4", "twice 3 of 4");
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[15,15]");
    assertThatThrownBy(
            () -> lake.backfill(named(BackfillMode.FILL, "twice", 3)).run(new StopSignal()))
        .hasMessageContaining("was begun with another mode");
  }

  @Test
  @Tag("long")
  void aDryRunSaysWhatWouldComeOfItAndWritesNothing() throws Exception {
    TestLake lake =
        appended(
            List.of(
                message("a", "{\"id\":0,\"name\":\"n\",\"amount\":10}"),
                message("b", "{\"id\":1,\"amount\":11}"),
                message("c", "{\"id\":2,\"name\":\"n\",\"amount\":true}")));
    lake.define(LATER, WriteSpec.append(), null, new BreakerSpec(0.2, 2L), null);
    List<String> before = files();

    JsonNode report = lake.dryRun(request(BackfillMode.REPLACE, OptionalLong.of(2)));
    JsonNode fill = lake.dryRun(request(BackfillMode.FILL));

    assertThat(files()).isEqualTo(before);
    assertThat(report.at("/counts/read").asInt()).isEqualTo(3);
    assertThat(report.at("/counts/inserted").asInt()).isEqualTo(2);
    assertThat(report.at("/counts/quarantined").asInt()).isEqualTo(1);
    assertThat(report.at("/replaced/rows").asInt()).isEqualTo(2);
    assertThat(report.at("/replaced/quarantined").asInt()).isEqualTo(1);
    assertThat(report.at("/failures/0/offset").asInt()).isEqualTo(2);
    assertThat(report.at("/failures/0/code").asText()).isEqualTo("wrong-type");
    assertThat(report.at("/schemaChanges/0").asText()).isEqualTo("add column amount BIGINT");
    assertThat(report.at("/refusals/0").asText()).contains("would set aside 1 of 3 records");
    assertThat(fill.at("/version").asInt()).isEqualTo(1);
    assertThat(fill.at("/counts/held").asInt()).isEqualTo(3);
    assertThat(fill.at("/schemaChanges")).isEmpty();
  }

  @Test
  @Tag("long")
  void aDryRunOfAnUpsertCountsWhatAMergeWouldDoAndNamesThePartitions() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.specs()
        .dataset(
            new DatasetSpec(
                "events",
                "events",
                null,
                new TargetSpec(lake.table(), List.of("at"), null),
                KEYED,
                new WriteSpec(WriteMode.UPSERT, List.of("id"), null, null, Optional.empty()),
                null,
                null,
                null,
                null));
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":\"a\",\"at\":1}"),
                message("a", "{\"id\":\"a\",\"at\":2}"),
                message("b", "{\"id\":\"b\",\"at\":3}"),
                message("c", "{\"id\":\"c\",\"at\":4}")));
    lake.run();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("id = 'b'");

    JsonNode report = lake.dryRun(request(BackfillMode.FILL));
    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());

    assertThat(report.at("/counts/held").asInt()).isEqualTo(2);
    assertThat(report.at("/counts/inserted").asInt()).isEqualTo(1);
    assertThat(report.at("/counts/late").asInt()).isEqualTo(1);
    assertThat(report.at("/partitions").toString()).isEqualTo("[\"at=3\"]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 1, 0, 0, 0, 0, 0, 1, 0, 2));
  }

  @Test
  @Tag("long")
  void anotherTableIsFilledWithAPlanLogOfItsOwnUnderAPastVersion() throws Exception {
    TestLake lake = appended(mixed(0));
    lake.define(LATER, WriteSpec.append(), null, null, null);
    lake.run();
    long live = lake.account().plan();
    String other = folder.resolve("lake/other").toUri().toString();
    BackfillRequest request =
        new BackfillRequest(
            "events",
            BackfillMode.FILL,
            Selection.ALL,
            OptionalLong.of(1),
            Optional.of(other),
            Optional.of("other"),
            OptionalLong.empty(),
            Duration.ZERO);

    lake.backfill(request).run(new StopSignal());

    assertThat(lake.account().plan()).as("the dataset's own log").isEqualTo(live);
    PlanLog log = PlanLog.open(other, new Configuration());
    assertThat(kinds(log)).containsExactly(PlanKind.DDL, PlanKind.BACKFILL);
    List<String> rows =
        TestSpark.get()
            .read()
            .format("delta")
            .load(other)
            .select("id", "name")
            .orderBy("id")
            .collectAsList()
            .stream()
            .map(Row::toString)
            .toList();
    assertThat(rows).containsExactly("[0,n0]", "[1,n1]");
    assertThat(log.latestAccount().orElseThrow().counts())
        .isEqualTo(new PlanCounts(3, 2, 0, 0, 0, 1, 0, 0, 0));
    assertThat(log.latestAccount().orElseThrow().positions()).doesNotContainKey("events");
  }

  @Test
  @Tag("long")
  void aChunkThatIsTooBadIsMadeVoidAndTheLiveBatchesGoOn() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(mixed(0));
    lake.run();
    lake.define(LATER, WriteSpec.append(), null, new BreakerSpec(0.1, 1L), null);
    lake.run();

    assertThatThrownBy(() -> lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_NOT_ADMITTED));
    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.account().reason().orElseThrow())
        .as("no record is quoted for ever")
        .startsWith("plan-not-admitted, of which the log of run ");
    assertThat(lake.account().backfilled()).isPresent();
    lake.archive().put(List.of(message("x", "{\"id\":9,\"amount\":1}")));
    lake.run();

    assertThat(lake.query("select id from t order by _offset"))
        .containsExactly("[0]", "[1]", "[9]");
    assertThat(lake.query("select _offset from q")).containsExactly("[2]");
  }

  @Test
  @Tag("long")
  void whatTheArchiveDoesNotHoldAnyMoreIsNotReplacedAndItsRowsStay() throws Exception {
    TestLake lake = daily();
    BackfillRequest request = named(BackfillMode.REPLACE, "all", 3);
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(() -> lake.backfill(request).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    expire(lake, 1);

    lake.run();

    assertThat(lake.account().outcome()).as("put before, done after").isEqualTo(PlanOutcome.VOID);
    assertThat(lake.account().reason().orElseThrow()).contains("and their rows could not be made");
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[12,12]");
    long head = lake.log().head().orElseThrow();
    for (BackfillRequest again : List.of(request, request(BackfillMode.REPLACE))) {
      assertThatThrownBy(() -> lake.backfill(again).run(new StopSignal()))
          .isInstanceOfSatisfying(
              TributaryException.class,
              error -> assertThat(error.code()).isEqualTo(ErrorCode.CHANGE_REFUSED))
          .hasMessageContaining("those before 2 from the archive")
          .hasMessageContaining("--from-sequence events=2");
    }
    assertThatThrownBy(() -> lake.dryRun(request)).hasMessageContaining("--from-sequence events=2");
    assertThat(lake.log().head()).as("none is put").hasValue(head);

    lake.backfill(request(BackfillMode.REPLACE, entries(2, 9))).run(new StopSignal());
    assertThat(lake.account().backfilled().orElseThrow().of("events").replaced().rows())
        .isEqualTo(9);
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[12,12]");
  }

  @Test
  @Tag("long")
  void aBackfillThatGoesOnIsRefusedWhereItsVersionDoesNotFitTheTableAnyMore() throws Exception {
    TestLake lake = daily();
    BackfillRequest request = named(BackfillMode.REPLACE, "old", 3);
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(() -> lake.backfill(request).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    lake.define(List.of(ColumnSpec.of("id", "bigint")), WriteSpec.append(), null, null, 3L);
    lake.run();
    long head = lake.log().head().orElseThrow();
    assertThat(chunks(lake)).containsExactly("old 0 of 4");

    assertThatThrownBy(() -> lake.backfill(request).run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.CHANGE_REFUSED))
        .hasMessageContaining("The column 'name' of version 1 of dataset 'events' was dropped");

    assertThat(lake.log().head()).as("none is put").hasValue(head);
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[12,12]");
  }

  @Test
  @Tag("long")
  void chunksStayTheSameWhateverRetentionRemovesBetweenThem() throws Exception {
    TestLake lake = daily();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset IN (0, 4, 7, 10)");
    BackfillRequest request = named(BackfillMode.FILL, "cut", 3);
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(() -> lake.backfill(request).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    expire(lake, 1);

    lake.backfill(request).run(new StopSignal());

    assertThat(chunks(lake))
        .containsExactly("cut 0 of 4", "cut 1 of 4", "cut 2 of 4", "cut 3 of 4");
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[12,12]");

    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset IN (1, 5)");
    lake.backfill(named(BackfillMode.FILL, "later", 3)).run(new StopSignal());
    assertThat(chunks(lake)).as("nothing of what is gone").endsWith("later 2 of 3");
    assertThat(lake.query("select count(*) from t where _offset in (1, 5)")).containsExactly("[1]");
  }

  @Test
  @Tag("long")
  void aChunkOfWhichAPartExpiredBeforeItWasPlannedIsDoneAgainAfterARestore() throws Exception {
    TestLake lake = daily();
    for (int entry = 4; entry < 6; entry++) {
      lake.archive().put(DAY.plus(Duration.ofDays(entry)).toEpochMilli(), numbers(entry * 3, 3));
    }
    lake.run();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset IN (4, 7, 10, 13)");
    BackfillRequest request = named(BackfillMode.FILL, "cut", 6);
    dies(lake, request);
    long version = lake.account().versions().table().orElseThrow();
    expire(lake, 3);

    dies(lake, request);

    assertThat(chunks(lake)).containsExactly("cut 0 of 3", "cut 1 of 3");
    assertThat(lake.log().plan(lake.account().plan()).orElseThrow().source().ranges())
        .as("entries 3 and 4, less what expired")
        .containsExactly(new EntryRange("events", 4, 4));
    lake.backfill(request).run(new StopSignal());
    assertThat(chunks(lake)).containsExactly("cut 0 of 3", "cut 1 of 3", "cut 2 of 3");
    String rows = "select count(*), count(distinct _offset), sum(_offset) from t";
    assertThat(lake.query(rows)).as("all but 7").containsExactly("[17,17,146]");

    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(version);
    lake.run();

    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(lake.query(rows)).containsExactly("[17,17,146]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  /** After the next chunk was done. */
  private static void dies(TestLake lake, BackfillRequest request) throws IOException {
    TestSpark.failAt("phase2.after-account");
    assertThatThrownBy(() -> lake.backfill(request).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  @Tag("long")
  void aBackfillThatAnEarlierReleaseHasCutOtherwiseIsNotGoneOnWith() throws Exception {
    TestLake lake = daily();
    expire(lake, 1);
    BackfillRequest request = named(BackfillMode.FILL, "cut", 3);
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(() -> lake.backfill(request).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    Path put =
        folder.resolve(
            "lake/_plans/events/00000/%020d.json".formatted(lake.log().head().orElseThrow()));
    String plan = Files.readString(put);
    assertThat(plan).contains("\"ranges\":[{\"topic\":\"events\",\"from\":2,\"to\":4}]");
    // It took everything, and cut what was left.
    Files.writeString(put, plan.replace("\"from\":2,\"to\":4}", "\"from\":0,\"to\":4}"));

    assertThatThrownBy(() -> lake.backfill(request).run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.SETTING_INVALID))
        .hasMessageContaining("was cut into chunks by an earlier release")
        .hasMessageContaining("chunk 1 of 3 (plan 5) is none of its 4");
  }

  @Test
  @Tag("long")
  void anUpsertTableIsNotFilledUnderAVersionThatLacksColumnsOfIt() throws Exception {
    TestLake lake = new TestLake(folder);
    WriteSpec write =
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), null, Optional.empty());
    lake.define(KEYED, write, null, null, null);
    lake.archive().put(List.of(message("a", "{\"id\":\"a\",\"at\":1,\"value\":\"x\"}")));
    lake.run();
    List<ColumnSpec> more = new ArrayList<>(KEYED);
    more.add(ColumnSpec.of("more", "string"));
    lake.define(more, write, null, null, null);
    for (int at = 2; at <= 3; at++) {
      lake.archive()
          .put(
              List.of(
                  message(
                      "a",
                      "{\"id\":\"a\",\"at\":%d,\"value\":\"v%d\",\"more\":\"m%d\"}"
                          .formatted(at, at, at))));
      lake.run();
    }
    long head = lake.log().head().orElseThrow();

    assertThatThrownBy(
            () ->
                lake.backfill(request(BackfillMode.FILL, OptionalLong.of(1))).run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.CHANGE_REFUSED))
        .hasMessageContaining("The column 'more' came after version 1 of dataset 'events'");

    assertThat(lake.log().head()).as("none is put").hasValue(head);
    assertThat(lake.query("select at, value, more from t")).containsExactly("[3,v3,m3]");
  }

  /** An entry of three records on each of four days. */
  private TestLake daily() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, 3L);
    for (int entry = 0; entry < 4; entry++) {
      lake.archive().put(DAY.plus(Duration.ofDays(entry)).toEpochMilli(), numbers(entry * 3, 3));
    }
    lake.run();
    return lake;
  }

  /** Retention removes the first days. */
  private static void expire(TestLake lake, int days) {
    new ArchiveRetention(ManifestLog.open(lake.archive().location(), "events", new Configuration()))
        .expire(
            DAY.plus(Duration.ofDays(days)).toEpochMilli(),
            new Author("test", "test"),
            DAY.plus(Duration.ofDays(9)).toEpochMilli())
        .orElseThrow();
  }

  @SafeVarargs
  private final TestLake appended(List<TestArchive.Message>... entries) throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    for (List<TestArchive.Message> entry : entries) {
      lake.archive().put(entry);
    }
    lake.run();
    return lake;
  }

  private String quarantine() {
    return folder.resolve("lake/_quarantine/events").toUri().toString();
  }

  private static WriteSpec upsert(Deletes deletes) {
    return new WriteSpec(
        WriteMode.UPSERT, List.of("id"), List.of("at"), deletes, Optional.of("gone"));
  }

  private static BackfillRequest request(BackfillMode mode) {
    return request(mode, Selection.ALL);
  }

  private static BackfillRequest request(BackfillMode mode, Selection selection) {
    return new BackfillRequest(
        "events",
        mode,
        selection,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Duration.ZERO);
  }

  private static BackfillRequest request(BackfillMode mode, OptionalLong version) {
    return new BackfillRequest(
        "events",
        mode,
        Selection.ALL,
        version,
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Duration.ZERO);
  }

  private static BackfillRequest chunked(BackfillMode mode, long records) {
    return new BackfillRequest(
        "events",
        mode,
        Selection.ALL,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.of(records),
        Duration.ZERO);
  }

  private static BackfillRequest named(BackfillMode mode, String id, long records) {
    return new BackfillRequest(
        "events",
        mode,
        Selection.ALL,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.of(id),
        OptionalLong.of(records),
        Duration.ofSeconds(1));
  }

  private static Selection entries(long from, long to) {
    return new Selection(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(new EntryBound("", from)),
        List.of(new EntryBound("events", to)),
        List.of(),
        List.of(),
        OptionalInt.empty());
  }

  private static Selection offsets(long from, long to) {
    return new Selection(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(new OffsetBound("", 0, from)),
        List.of(new OffsetBound("events", 0, to)),
        OptionalInt.empty());
  }

  private static Selection times(long from, long to) {
    return new Selection(
        Optional.empty(),
        Optional.empty(),
        Optional.of(Instant.ofEpochMilli(from)),
        Optional.of(Instant.ofEpochMilli(to)),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        OptionalInt.empty());
  }

  private static Selection days(String from, String to) {
    return new Selection(
        Optional.of(LocalDate.parse(from)),
        Optional.of(LocalDate.parse(to)),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        OptionalInt.empty());
  }

  private static CompletableFuture<Void> async(TestLake lake, BackfillRequest request) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            lake.backfill(request).run(new StopSignal());
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static List<PlanKind> kinds(PlanLog log) {
    List<PlanKind> kinds = new ArrayList<>();
    for (long n = 0; n <= log.head().orElseThrow(); n++) {
      kinds.add(log.plan(n).orElseThrow().kind());
    }
    return kinds;
  }

  /** The chunks that were done, the first one first. */
  private static List<String> chunks(TestLake lake) {
    List<String> chunks = new ArrayList<>();
    BackfillHistory history = new BackfillHistory(lake.log());
    Optional<BackfillHistory.Done> done = history.newest(lake.log().latestAccount());
    while (done.isPresent()) {
      chunks.add(
          0,
          "%s %d of %d"
              .formatted(
                  done.get().chunk().id(),
                  done.get().chunk().chunk(),
                  done.get().chunk().chunks()));
      done = history.before(done.get());
    }
    return chunks;
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).map(Path::toString).sorted().toList();
    }
  }

  /** Two that fit and one that does not. */
  private static List<TestArchive.Message> mixed(int from) {
    List<TestArchive.Message> messages = new ArrayList<>(numbers(from, 2));
    messages.add(message("bad", "{"));
    return messages;
  }

  private static List<TestArchive.Message> numbers(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(
            number ->
                message("k" + number, "{\"id\":%d,\"name\":\"n%d\"}".formatted(number, number)))
        .toList();
  }
}
