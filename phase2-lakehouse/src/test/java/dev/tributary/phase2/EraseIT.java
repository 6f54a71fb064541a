package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.streaming.StopSignal;
import dev.tributary.transforms.basic.FilterTransform;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An erasure, and whether anything brings back what it took out. The key is ann's. */
final class EraseIT {
  private static final String ANN = "ann-the-person";

  private static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "int"),
          new ColumnSpec("name", "string", false, null, null));

  private static final String OFFSETS = "select _offset from t order by _offset";
  private static final String ASIDE = "select _offset from q order by _offset";

  @TempDir Path folder;

  @Test
  void aKeyGoesOutOfArchiveTableAndQuarantineAndNothingBringsItBack() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, 3L);
    lake.archive().put(List.of(named(ANN, 1), named("bob", 1), nameless(ANN, 2)));
    lake.archive().put(List.of(message(ANN, "{"), message("eve", "{"), named(ANN, 3)));
    lake.run();
    PlanAccount live = lake.account();
    List<String> before = files();

    JsonNode tried = lake.erase(request(Optional.empty(), ANN));

    assertThat(files()).as("a dry run changes nothing").isEqualTo(before);
    JsonNode done = lake.erase(request(ANN));
    for (JsonNode report : List.of(tried, done)) {
      assertThat(report.at("/records").asInt()).isEqualTo(4);
      assertThat(report.at("/archived").asInt()).isEqualTo(4);
      assertThat(report.at("/files").asInt()).isEqualTo(2);
      assertThat(report.at("/entries/events").toString()).isEqualTo("[1,2]");
      assertThat(report.at("/tables/0/rows").asInt()).isEqualTo(2);
      assertThat(report.at("/tables/0/quarantined").asInt()).isEqualTo(2);
      assertThat(report.toString()).doesNotContain(ANN);
    }
    assertThat(done.at("/next/0").asText())
        .startsWith("./tributary maintain --dataset events --purge-deletion-vectors, at once");
    assertThat(done.at("/next/1").asText())
        .startsWith("./tributary maintain --dataset events --vacuum, after");

    assertErased(lake);
    assertThat(lake.query("select _offset, _value, _value_base64 from q"))
        .containsExactly("[4,{,null]");
    Plan plan = lake.log().plan(lake.account().plan()).orElseThrow();
    assertThat(plan.kind()).isEqualTo(PlanKind.ERASE);
    assertThat(plan.erasure().orElseThrow().count()).isEqualTo(4);
    assertThat(lake.account().counts()).isEqualTo(PlanCounts.NONE);
    assertThat(lake.account().replaced()).contains(new Replaced(2, 2));
    assertThat(lake.account().positions()).isEqualTo(live.positions());
    assertThat(lake.account().totals()).isEqualTo(live.totals());
    ManifestEntry head = archive(lake).requireHead();
    assertThat(head.erased()).hasValue(4);
    assertThat(texts("raw/events/_log", "lake/_plans"))
        .as("neither log says a word of it")
        .doesNotContain(ANN);

    lake.backfill(backfill(BackfillMode.FILL)).run(new StopSignal());
    lake.replay(replay());
    lake.backfill(backfill(BackfillMode.REPLACE)).run(new StopSignal());
    assertErased(lake);
    BackfillTotals again = lake.account().backfilled().orElseThrow().of("events");
    assertThat(
            live.totals().get("events").quarantined()
                + again.counts().quarantined()
                - again.replaced().quarantined())
        .as("what the accounts say stands in the quarantine")
        .isEqualTo(1);
    assertThat(lake.account().unbalanced()).isEmpty();

    JsonNode nothing = lake.erase(request(ANN));
    assertThat(nothing.at("/records").asInt()).isZero();
    assertThat(nothing.has("id")).isFalse();
    lake.archive().put(List.of(named(ANN, 9)));
    lake.run();
    assertThat(lake.query(OFFSETS)).as("what comes later is new").containsExactly("[1]", "[6]");
  }

  private void assertErased(TestLake lake) {
    assertThat(lake.query(OFFSETS)).containsExactly("[1]");
    assertThat(lake.query(ASIDE)).containsExactly("[4]");
  }

  @Test
  @Tag("long")
  void anUpsertsRowItsDeletesAndAllItsEventsGoAndItsNextEventIsTheFirst() throws Exception {
    TestLake lake = keyed(WriteMode.UPSERT);
    lake.archive().put(List.of(named(ANN, 5), named("bob", 1), message("x", json(ANN, 7))));
    lake.archive().put(List.of(tombstone(ANN), nameless("bob", 2), nameless(ANN, 8)));
    lake.run();
    lake.archive().put(List.of(named(ANN, 9), tombstone("bob")));
    // Unread by the table, and in nobody's way.
    JsonNode done = lake.erase(request(ANN));

    assertThat(done.at("/records").asInt()).isEqualTo(5);
    assertThat(done.at("/undecided").asInt()).as("bob's is known not to be ann's").isZero();
    assertThat(lake.query("select id from t")).containsExactly("[bob]");
    assertThat(lake.query(ASIDE)).containsExactly("[4]");
    assertThat(remembered(lake)).isZero();

    lake.run();
    assertThat(lake.query("select id from t")).isEmpty();
    assertThat(remembered(lake)).isEqualTo(1);
    lake.archive().put(List.of(named(ANN, 1)));
    lake.run();
    assertThat(lake.query("select id, at from t")).containsExactly("[%s,1]".formatted(ANN));
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(1, 1, 0, 0, 0, 0, 0, 0, 0));
    assertThat(lake.account().unbalanced()).isEmpty();
    lake.backfill(backfill(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.query("select id, at from t")).containsExactly("[%s,1]".formatted(ANN));
  }

  @Test
  @Tag("long")
  void whatStandsInTheQuarantineOfExpiredRecordsIsUndecided() throws Exception {
    TestLake lake = keyed(WriteMode.UPSERT);
    long first = 1_763_712_100_000L;
    long second = first + Duration.ofDays(3).toMillis();
    lake.archive().put(first, List.of(named("bob", 1), nameless(ANN, 2)));
    lake.archive().put(second, List.of(named("eve", 1), nameless(ANN, 2)));
    lake.run();
    new ArchiveRetention(archive(lake))
        .expire(second - 1, new Author("test", "test"), second + 1)
        .orElseThrow();

    JsonNode done = lake.erase(request(ANN));

    assertThat(done.at("/records").asInt()).isEqualTo(1);
    assertThat(done.at("/undecided").asInt()).as("nobody could ask it").isEqualTo(1);
    assertThat(lake.query(ASIDE)).containsExactly("[1]");
  }

  @Test
  @Tag("long")
  void theVersionsOfAHistoryGoAndThoseThatStayCloseTheGap() throws Exception {
    TestLake lake = keyed(WriteMode.HISTORY);
    lake.archive().put(List.of(named(ANN, 1), named("bob", 1), named("bob", 2), named("bob", 3)));
    lake.archive().put(List.of(named(ANN, 2), named("bob", 4), named("eve", 1)));
    lake.run();
    String versions = "select id, _valid_from, _valid_to, _current from t order by id, at";

    lake.erase(request(ANN));
    assertThat(lake.account().replaced()).contains(new Replaced(2, 0));
    lake.erase(records(2L, 5L));

    assertThat(lake.account().replaced()).contains(new Replaced(2, 0));
    assertThat(lake.query(versions))
        .containsExactly("[bob,1,3,false]", "[bob,3,null,true]", "[eve,1,null,true]");
    List<String> after = lake.query(versions);
    lake.backfill(backfill(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.query(versions)).isEqualTo(after);

    restore(lake, 0);

    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(lake.query(versions)).isEqualTo(after);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void anErasureThatDiesAnywhereIsFinishedByALiveDriver() throws Exception {
    List<String> points =
        List.of(
            "phase2.plan-put",
            "phase2.after-archive",
            "phase2.after-quarantine",
            "phase2.after-table",
            "phase2.after-release",
            "phase2.after-account");
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    for (String point : points) {
      lake.archive().put(List.of(named(ANN, 1), named("bob", 1), message(ANN, "{")));
      lake.run();
      long erased = archive(lake).requireHead().erased().orElse(0);
      TestSpark.failAt(point);
      assertThatThrownBy(() -> lake.erase(request(ANN))).isInstanceOf(UncheckedIOException.class);

      lake.run();

      long plan = lake.account().plan();
      assertThat(lake.log().plan(plan).orElseThrow().kind()).as(point).isEqualTo(PlanKind.ERASE);
      assertThat(lake.account().replaced()).as(point).contains(new Replaced(1, 1));
      assertThat(archive(lake).requireHead().erased()).as(point).hasValue(erased + 2);
      assertThat(lake.query("select count(*), count_if(id <> 'bob') from t"))
          .as(point)
          .containsExactly("[%d,0]".formatted(points.indexOf(point) + 1));
      assertThat(lake.query(ASIDE)).as(point).isEmpty();
      assertThat(texts("lake/_plans")).as(point).doesNotContain(ANN);
    }
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = WriteMode.class,
      names = {"APPEND", "UPSERT"})
  @Tag("long")
  void aRestoreToBeforeAnErasureBringsNothingBack(WriteMode mode) throws Exception {
    TestLake lake = keyed(mode);
    lake.archive().put(List.of(named(ANN, 1), named("bob", 1), nameless(ANN, 2)));
    lake.archive().put(List.of(named(ANN, 3), nameless("bob", 2), tombstone("eve")));
    lake.run();
    long before = lake.account().versions().table().orElseThrow();
    lake.erase(request(ANN));
    lake.archive().put(List.of(named("eve", 4)));
    lake.run();
    PlanAccount done = lake.account();
    for (long version : List.of(before, 0L)) {
      restore(lake, version);

      assertThat(lake.account().plan()).isEqualTo(done.plan());
      assertThat(lake.query("select id, at from t order by id"))
          .as("restored to %d", version)
          .containsExactly("[bob,1]", "[eve,4]");
      assertThat(lake.query("select count_if(_key = '%s') from q".formatted(ANN)))
          .containsExactly("[0]");
      assertThat(lake.account().unbalanced()).isEmpty();
      Replaced out = lake.account().backfilled().orElseThrow().of("events").replaced();
      assertThat(out.rows()).isEqualTo(version == before ? mode == WriteMode.APPEND ? 2 : 1 : 0);
      assertThat(lake.query("select count(*) from q"))
          .as("what the accounts say stands in the quarantine")
          .containsExactly(
              "[%d]"
                  .formatted(
                      lake.account().totals().get("events").quarantined() - out.quarantined()));
    }
  }

  /** What it puts in the log's object's place still has what a later erasure took out of that. */
  @Test
  @Tag("long")
  void anErasureThatIsHeldUpUntilTheNextGenerationErasesPutsNothingBack() throws Exception {
    String eve = "eve-the-person";
    TestLake lake = keyed(WriteMode.APPEND);
    lake.archive().put(List.of(named("bob", 1)));
    lake.run();
    long before = lake.account().versions().table().orElseThrow();
    lake.archive().put(List.of(message(ANN, "{"), message(eve, "{"), named(ANN, 2)));
    lake.run();
    assertThat(texts("lake/_plans")).contains(ANN, eve);
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(() -> lake.erase(request(ANN))).isInstanceOf(UncheckedIOException.class);
    PlanLog log = lake.log();
    Plan open = log.plan(log.head().getAsLong()).orElseThrow();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread heldUp =
        AbstractRebuildSuite.thread(
            failure,
            () ->
                new PlanExecutor(TestSpark.get(), log, "held up", Clock.systemUTC()).execute(open));

    TestSpark.at(
        "phase2.before-forgotten",
        () -> {
          restore(lake, before);
          lake.erase(request(eve));
          assertThat(texts("lake/_plans")).doesNotContain(eve);
        });
    heldUp.join();

    assertThat(failure.get()).isNull();
    assertThat(lake.log().generation()).isEqualTo(1);
    assertThat(texts("lake/_plans")).doesNotContain(ANN, eve);
    assertThat(lake.query(OFFSETS)).containsExactly("[0]");
    assertThat(lake.query(ASIDE)).isEmpty();
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void recordsOfSeveralDatasetsAreRefusedButForRetiredOnesWithoutATable() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.specs().dataset(copy("gone"));
    lake.archive().put(List.of(named(ANN, 1), named("bob", 1)));
    lake.run();
    lake.run("gone");
    assertRefused(lake, ErrorCode.NOT_SUPPORTED, "those of gone too", request(ANN));
    assertRefused(
        lake,
        ErrorCode.NOT_SUPPORTED,
        "those of gone too",
        request(Optional.of("test"), ANN, "events", "gone"));
    lake.specs().dataset(copy("gone").withState(SpecState.RETIRED));
    assertRefused(lake, ErrorCode.NOT_SUPPORTED, "those of gone too", request(ANN));
    delete(folder.resolve("lake/gone"));
    lake.specs().dataset(copy("unread"));
    assertRefused(lake, ErrorCode.NOT_SUPPORTED, "those of unread too", request(ANN));
    assertThat(archive(lake).requireHead().erased()).isEmpty();
    lake.specs().dataset(copy("unread").withState(SpecState.RETIRED));

    lake.erase(request(ANN));

    assertThat(lake.query(OFFSETS)).containsExactly("[1]");
    assertThat(archive(lake).requireHead().erased()).hasValue(1);
  }

  @Test
  @Tag("long")
  void aKeyThatStepsMakeIsFoundBehindThemAlsoWhereAFilterLeftItOut() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    List<TransformSpec> steps =
        List.of(
            jar.step("rename", Map.of("columns", "who:id")),
            jar.step("filter", Map.of("where", "at > 1")));
    WriteSpec upsert =
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, null);
    lake.define(COLUMNS, upsert, steps, null, null);
    lake.archive()
        .put(
            List.of(
                message("x", "{\"who\":\"%s\",\"at\":1,\"name\":\"n\"}".formatted(ANN)),
                message("y", "{\"who\":\"%s\",\"at\":2,\"name\":\"n\"}".formatted(ANN)),
                message("z", "{\"who\":\"bob\",\"at\":2,\"name\":\"n\"}"),
                message(ANN, "{")));
    lake.run();

    JsonNode done = lake.erase(request(ANN));

    assertThat(done.at("/records").asInt()).isEqualTo(2);
    assertThat(done.at("/undecided").asInt()).as("it is no JSON").isEqualTo(1);
    assertThat(lake.query("select id from t")).containsExactly("[bob]");
    assertThat(archive(lake).requireHead().erased()).hasValue(2);
  }

  @Test
  @Tag("long")
  void whatCannotBeErasedExactlyIsRefusedBeforeAnythingIs() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    lake.define(
        COLUMNS,
        WriteSpec.append(),
        List.of(jar.step("deduplicate", Map.of("columns", "id"), TransformKind.COMBINE)),
        null,
        null);
    lake.archive().put(List.of(named(ANN, 1)));
    lake.run();
    assertRefused(lake, ErrorCode.NOT_SUPPORTED, "one row of several records", request(ANN));
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.run();
    assertRefused(lake, ErrorCode.NOT_SUPPORTED, "(version 1) makes, or has made", request(ANN));
    assertThat(archive(lake).requireHead().erased()).isEmpty();
  }

  @Test
  @Tag("long")
  void whatATableOrAKeyForbidsIsRefusedBeforeAnythingIsErased() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, Map.of("delta.appendOnly", "true"));
    lake.archive().put(List.of(named(ANN, 1)));
    lake.run();
    long head = lake.log().head().orElseThrow();
    assertRefused(lake, ErrorCode.NOT_SUPPORTED, "delta.appendOnly", request(ANN));
    lake.define(COLUMNS, Map.of("delta.appendOnly", "false"));
    lake.run();
    assertRefused(lake, ErrorCode.SETTING_INVALID, "no column 'nobody'", column(ANN, "nobody"));
    assertRefused(lake, ErrorCode.SETTING_INVALID, "is no int", column("one", "at"));
    assertRefused(lake, ErrorCode.SETTING_INVALID, "up to offset 1, and", records(0L, 1L));
    assertThat(archive(lake).requireHead().erased()).isEmpty();
    assertThat(lake.log().head()).hasValue(head + 1);
    lake.specs().away(true);
    assertRefused(lake, ErrorCode.METASTORE_UNAVAILABLE, "does not answer", request(ANN));
    lake.specs().away(false);
    StopSignal stop = new StopSignal();
    stop.request();
    assertThatThrownBy(() -> lake.erase(request(ANN), stop))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.STOP_TIMED_OUT));
    assertThat(lake.query(OFFSETS)).containsExactly("[0]");

    assertThat(lake.erase(column("1", "at")).at("/records").asInt()).isEqualTo(1);
    assertThat(lake.query(OFFSETS)).isEmpty();
  }

  @Test
  @Tag("long")
  void anErasureThatIsMadeVoidLeavesTheTableAndWithAVacuumTheFilesGo() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, Map.of("delta.enableDeletionVectors", "true"));
    lake.archive().put(List.of(named(ANN, 1), named("bob", 1)));
    lake.run();
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(() -> lake.erase(request(ANN))).isInstanceOf(UncheckedIOException.class);
    long plan = lake.log().head().orElseThrow();
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(plan, "ann", "by mistake");
    lake.run();
    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query(OFFSETS)).containsExactly("[0]", "[1]");

    EraseRequest request = request(ANN);
    JsonNode done =
        lake.erase(
            new EraseRequest(
                request.datasets(),
                request.key(),
                request.column(),
                request.records(),
                false,
                request.reason(),
                Optional.of(
                    new EraseRequest.Vacuum(OptionalInt.of(200), false, Duration.ofSeconds(1)))));

    assertThat(lake.query(OFFSETS)).containsExactly("[1]");
    assertThat(done.at("/next/0").asText())
        .as("what the purge replaced is no older than it")
        .startsWith("./tributary maintain --dataset events --vacuum --retain-hours 200, after");
    assertThat(done.at("/next/1").asText()).contains("./tributary sweep --source events");
    assertThat(
            DeltaTable.forPath(TestSpark.get(), lake.table())
                .history()
                .selectExpr("operation")
                .collectAsList()
                .toString())
        .as("what a deletion vector hides is written out")
        .contains("REORG");
  }

  @Test
  @Tag("long")
  void aTableThatADatasetOfAnotherArchiveWritesTooIsRefused() throws Exception {
    TestLake lake = new TestLake(folder);
    TestArchive other = new TestArchive(folder.resolve("raw2"), "others");
    lake.specs().source(other);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.specs().dataset(dataset("elsewhere", "others", "events"));
    lake.archive().put(List.of(named(ANN, 1), named("bob", 1)));
    other.put(List.of(named(ANN, 2)));
    lake.run();
    assertThat(lake.erase(request(Optional.empty(), ANN)).at("/records").asInt()).isEqualTo(1);
    lake.run("elsewhere");

    assertRefused(lake, ErrorCode.NOT_SUPPORTED, "has rows of elsewhere too", request(ANN));

    assertThat(archive(lake).requireHead().erased()).isEmpty();
  }

  @Test
  @Tag("long")
  void aVersionWhoseKeyIsAnotherOneSaysNothingOfTheKey() throws Exception {
    TestLake lake = keyed(WriteMode.APPEND);
    lake.archive().put(List.of(message("7", json("8", 1)), message("8", json("7", 1))));
    lake.run();
    lake.define(
        COLUMNS,
        new WriteSpec(
            WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.IGNORE, Optional.empty()),
        null,
        null,
        1L);
    lake.run();

    JsonNode done = lake.erase(request("7"));

    assertThat(done.at("/records").asInt()).isEqualTo(1);
    assertThat(done.at("/versions").toString()).isEqualTo("{\"2\":1}");
    assertThat(done.at("/otherKeys").toString()).isEqualTo("[1]");
    assertThat(lake.query("select id from t")).containsExactly("[8]");
  }

  @Test
  @Tag("long")
  void aRecordWithoutAValueIsFoundByAKafkaKeyThatIsJson() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ColumnSpec.of("id", "int"), ColumnSpec.of("at", "int")),
        new WriteSpec(
            WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, Optional.empty()),
        null,
        new BreakerSpec(1.0, 1L),
        1L);
    lake.archive()
        .put(
            List.of(
                message("x", "{\"id\":7,\"at\":1}"),
                tombstone("{\"id\":7}"),
                tombstone("{\"schema\":{},\"payload\":{\"id\":\"7\"}}"),
                tombstone("{\"id\":8}"),
                tombstone("{\"who\":7}"),
                tombstone("seven")));
    lake.run();
    assertThat(lake.query(ASIDE)).hasSize(5);

    JsonNode done = lake.erase(request("7"));

    assertThat(done.at("/records").asInt()).isEqualTo(3);
    assertThat(done.at("/undecided").asInt()).as("another name, and no number").isEqualTo(2);
    assertThat(lake.query(ASIDE)).containsExactly("[3]", "[4]", "[5]");
    assertThat(lake.query(OFFSETS)).isEmpty();
  }

  @Test
  @Tag("long")
  void aKeyThatAnEarlierVersionCouldNotHaveIsErasedByTheOneInForce() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ColumnSpec.of("id", "int")), WriteSpec.append(), null, null, 1L);
    lake.archive().put(List.of(message("x", "{\"id\":1}")));
    lake.run();
    lake.define(List.of(ColumnSpec.of("id", "bigint")), WriteSpec.append(), null, null, 1L);
    lake.archive().put(List.of(message("x", "{\"id\":5000000000}")));
    lake.run();

    JsonNode done = lake.erase(column("5000000000", "id"));

    assertThat(done.at("/versions").toString()).isEqualTo("{\"2\":1}");
    assertThat(lake.query(OFFSETS)).containsExactly("[0]");
  }

  @Test
  @Tag("long")
  void aHistoryWhoseChangesAreReadIsRefused() throws Exception {
    TestLake lake = new TestLake(folder);
    WriteSpec history =
        new WriteSpec(
            WriteMode.HISTORY, List.of("id"), List.of("at"), Deletes.HARD, Optional.empty());
    String feed = "delta.enableChangeDataFeed";
    lake.define(COLUMNS, history, new TargetSpec(lake.table(), null, Map.of(feed, "true")));
    lake.archive().put(List.of(named(ANN, 1), named("bob", 1)));
    lake.run();

    assertRefused(lake, ErrorCode.NOT_SUPPORTED, feed, request(ANN));

    assertThat(archive(lake).requireHead().erased()).isEmpty();
    lake.define(COLUMNS, history, new TargetSpec(lake.table(), null, Map.of(feed, "false")));
    lake.run();
    assertThat(lake.erase(request(ANN)).at("/records").asInt()).isEqualTo(1);
  }

  @Test
  @Tag("long")
  void aStepThatFailsOnWhatAFilterKeepsFromItEndsNoSearch() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    String throwing = "substr(concat(id, cast(100 / at as string)), 1, length(id))";
    List<TransformSpec> steps =
        List.of(
            jar.step("filter", Map.of("where", "at <> 0")),
            jar.step("sql", Map.of("column", "id", "expression", throwing)));
    WriteSpec upsert =
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, null);
    lake.define(COLUMNS, upsert, steps, null, null);
    lake.archive().put(List.of(named(ANN, 0), named(ANN, 2), named("bob", 1)));
    lake.run();

    JsonNode done = lake.erase(request(ANN));

    assertThat(done.at("/records").asInt()).isEqualTo(1);
    assertThat(done.at("/guarded").toString()).isEqualTo("[1]");
    assertThat(lake.query("select id from t")).containsExactly("[bob]");
  }

  @Test
  @Tag("long")
  void whatAVoidErasureHadTakenOutOfTheArchiveTheNextOneTakesOutOfTheTable() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(named(ANN, 1), named("bob", 1), named("eve", 1)));
    lake.run();
    TestSpark.failAt("phase2.after-archive");
    assertThatThrownBy(() -> lake.erase(request(ANN))).isInstanceOf(UncheckedIOException.class);
    new PlanRulings(lake.log(), Clock.systemUTC())
        .voidPlan(lake.log().head().orElseThrow(), "ann", "by mistake");
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(() -> lake.erase(request("eve"))).isInstanceOf(UncheckedIOException.class);
    new PlanRulings(lake.log(), Clock.systemUTC())
        .voidPlan(lake.log().head().orElseThrow(), "ann", "by mistake");
    lake.run();
    assertThat(lake.query(OFFSETS)).containsExactly("[0]", "[1]", "[2]");
    assertThat(archive(lake).requireHead().erased()).hasValue(1);

    JsonNode done = lake.erase(request(ANN));

    assertThat(done.at("/records").asInt()).isEqualTo(1);
    assertThat(done.at("/givenUp").asInt()).isEqualTo(1);
    assertThat(lake.query(OFFSETS)).as("eve was never erased").containsExactly("[1]", "[2]");
    assertThat(lake.erase(request(ANN)).at("/records").asInt()).isZero();
  }

  @Test
  @Tag("long")
  void aRecordThatAReplayHasResolvedIsFoundThoughAnEarlierVersionsStepFailsOnIt() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    String throwing = "substr(concat(id, cast(100 / at as string)), 1, length(id))";
    WriteSpec upsert =
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, null);
    lake.define(
        COLUMNS,
        upsert,
        List.of(jar.step("sql", Map.of("column", "id", "expression", throwing))),
        null,
        null);
    lake.archive().put(List.of(named(ANN, 0), named("bob", 1)));
    lake.run();
    assertThat(lake.query(ASIDE)).containsExactly("[0]");
    lake.define(COLUMNS, upsert, null, null, null);
    lake.run();
    lake.replay(replay());
    lake.archive().put(List.of(named(ANN, 3), named("eve", 0)));
    lake.run();

    JsonNode done = lake.erase(request(ANN));

    assertThat(done.at("/records").asInt()).isEqualTo(2);
    assertThat(done.at("/failed").toString()).as("it threw on eve's").isEqualTo("[1]");
    assertThat(done.at("/undecided").asInt()).isZero();
    lake.backfill(backfill(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.query("select id from t order by id")).containsExactly("[bob]", "[eve]");
    assertThat(lake.query("select count(*) from q")).containsExactly("[0]");
  }

  @Test
  @Tag("long")
  void anErasedDeleteOfAHistoryStaysErasedAfterARestore() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        COLUMNS,
        new WriteSpec(
            WriteMode.HISTORY,
            List.of("id"),
            List.of("at"),
            Deletes.HARD,
            Optional.of("name = 'gone'")),
        null,
        null,
        1L);
    lake.archive().put(List.of(named("bob", 1), named("eve", 1)));
    lake.archive().put(List.of(message("bob", "{\"id\":\"bob\",\"at\":2,\"name\":\"gone\"}")));
    lake.run();
    String versions = "select id, _valid_from, _current from t order by id, at";
    assertThat(lake.query(versions)).containsExactly("[bob,1,false]", "[eve,1,true]");
    long before = lake.account().versions().table().orElseThrow();

    lake.erase(records(2L));

    assertThat(lake.query(versions)).containsExactly("[bob,1,true]", "[eve,1,true]");
    restore(lake, before);
    assertThat(lake.query(versions)).containsExactly("[bob,1,true]", "[eve,1,true]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void anArchiveIsTheSameHoweverItsPlaceIsWritten() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(named(ANN, 1)));
    lake.run();
    lake.specs().source("again", "events", lake.archive().location() + "//");
    lake.specs().dataset(dataset("old", "again", "old"));

    assertRefused(lake, ErrorCode.NOT_SUPPORTED, "those of old too", request(ANN));
  }

  private static void assertRefused(
      TestLake lake, ErrorCode code, String message, EraseRequest request) {
    assertThatThrownBy(() -> lake.erase(request))
        .isInstanceOfSatisfying(
            TributaryException.class, error -> assertThat(error.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  private TestLake keyed(WriteMode mode) {
    TestLake lake = new TestLake(folder);
    lake.define(
        COLUMNS,
        mode == WriteMode.APPEND
            ? WriteSpec.append()
            : new WriteSpec(mode, List.of("id"), List.of("at"), Deletes.HARD, Optional.empty()),
        null,
        null,
        1L);
    return lake;
  }

  private DatasetSpec copy(String name) {
    return dataset(name, "events", name);
  }

  private DatasetSpec dataset(String name, String source, String table) {
    return new DatasetSpec(
        name,
        source,
        null,
        new TargetSpec(folder.resolve("lake").resolve(table).toUri().toString(), null, null),
        COLUMNS,
        WriteSpec.append(),
        null,
        null,
        null,
        null);
  }

  private static TestArchive.Message named(String id, int at) {
    return message(id, json(id, at));
  }

  private static String json(String id, int at) {
    return "{\"id\":\"%s\",\"at\":%d,\"name\":\"n\"}".formatted(id, at);
  }

  private static TestArchive.Message nameless(String id, int at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d}".formatted(id, at));
  }

  private static EraseRequest request(String key) {
    return request(Optional.of("request 17"), key);
  }

  private static EraseRequest request(Optional<String> reason, String key, String... datasets) {
    return new EraseRequest(
        datasets.length == 0 ? List.of("events") : List.of(datasets),
        Optional.of(key),
        Optional.empty(),
        List.of(),
        false,
        reason,
        Optional.empty());
  }

  private static EraseRequest column(String key, String column) {
    return new EraseRequest(
        List.of("events"),
        Optional.of(key),
        Optional.of(column),
        List.of(),
        false,
        Optional.of("request 17"),
        Optional.empty());
  }

  private static EraseRequest records(Long... offsets) {
    return new EraseRequest(
        List.of("events"),
        Optional.empty(),
        Optional.empty(),
        List.of(new Erasure.Offsets("events", 0, 0, List.of(offsets))),
        false,
        Optional.of("request 18"),
        Optional.empty());
  }

  private static ManifestLog archive(TestLake lake) {
    return ManifestLog.open(lake.archive().location(), "events", new Configuration());
  }

  private static long remembered(TestLake lake) {
    return TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().tombstones().toString())
        .count();
  }

  private static void restore(TestLake lake, long version) throws Exception {
    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(version);
    lake.run();
  }

  private static ReplayRequest replay() {
    return new ReplayRequest("events", List.of(), List.of(), OptionalLong.empty(), Duration.ZERO);
  }

  private static BackfillRequest backfill(BackfillMode mode) {
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

  private List<String> files() throws Exception {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.toString().endsWith(".crc"))
          .map(file -> file + " " + file.toFile().length())
          .sorted()
          .toList();
    }
  }

  private static void delete(Path gone) throws Exception {
    try (Stream<Path> all = Files.walk(gone)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private String texts(String... folders) throws Exception {
    StringBuilder texts = new StringBuilder();
    for (String each : folders) {
      try (Stream<Path> all = Files.walk(folder.resolve(each))) {
        for (Path file : all.filter(Files::isRegularFile).toList()) {
          texts.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
        }
      }
    }
    return texts.toString();
  }
}
