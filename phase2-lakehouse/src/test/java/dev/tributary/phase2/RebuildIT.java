package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.MergeStrategy;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.phase2.rebuild.RebuildRequest.Accepted;
import dev.tributary.phase2.rebuild.RebuildRequest.Action;
import dev.tributary.streaming.StopSignal;
import dev.tributary.transforms.basic.FilterTransform;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table that is made anew beside its stream and cut over, and whether anything is lost by it. */
final class RebuildIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "int"),
          ColumnSpec.of("name", "string"));

  private static final WriteSpec BY_ID =
      new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, Optional.empty());

  /** The archive's entries begin two days before. */
  private static final long THIRD_DAY = 1_763_712_000_000L + Duration.ofDays(2).toMillis();

  private static final String ROWS = "select id, at, name from t order by id, at, name";

  @TempDir Path folder;

  @Test
  void anAppendTableBecomesOneOfKeysInOneCommit() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("b", 1, "one"), message("x", "{")));
    lake.archive().put(List.of(event("a", 3, "three"), tombstone("b")));
    lake.run();
    lake.archive().put(List.of(event("c", 1, "one"), event("a", 2, "late")));
    lake.run();
    lake.quarantineFromBefore();
    long before = version(lake);
    long version = await(lake, BY_ID);

    lake.run();
    assertThat(lake.account().inForce()).as("no driver is given it").containsEntry("events", 1L);
    lake.archive().put(List.of(event("d", 1, "one")));
    JsonNode tried = lake.rebuild(request(Action.SHOW));
    assertThat(tried.at("/outcome").asText()).isEqualTo("DRY_RUN");
    assertThat(tried.at("/waiting").asInt()).isEqualTo(8);
    assertThat(Files.exists(rebuilt(version))).as("a dry run writes nothing").isFalse();

    JsonNode done = lake.rebuild(request());

    assertThat(lake.query(ROWS)).containsExactly("[a,3,three]", "[c,1,one]", "[d,1,one]");
    assertThat(version(lake)).as("one commit brings it all").isEqualTo(before + 1);
    PlanAccount account = lake.account();
    Plan plan = lake.log().plan(account.plan()).orElseThrow();
    assertThat(plan.kind()).isEqualTo(PlanKind.CUTOVER);
    assertThat(account.inForce()).containsEntry("events", version);
    assertThat(account.cutovers()).containsEntry("events", account.plan());
    assertThat(account.positions())
        .as("ahead of what it replaces")
        .isEqualTo(Map.of("events", Map.of("events", 5L)));
    PlanCounts totals = account.totals().get("events");
    assertThat(totals.read()).isEqualTo(8);
    assertThat(totals.balanced()).isTrue();
    assertThat(totals.quarantined()).isEqualTo(1);
    assertThat(account.replaced()).contains(new Replaced(5, 2));
    assertThat(account.unbalanced()).isEmpty();
    assertThat(lake.query("select _offset, _code, _plan, _value from q"))
        .as("what is bad under the new version alone, and its value")
        .containsExactly("[2,not-json,%d,{]".formatted(account.plan()));
    assertThat(remembered(lake)).containsExactly("[b,%d]".formatted(account.plan()));
    assertThat(done.at("/compared/rows").asInt()).isEqualTo(5);
    assertThat(done.at("/compared/rebuiltRows").asInt()).isEqualTo(2);
    assertThat(done.at("/compared/onlyNow").asInt()).isEqualTo(3);
    assertThat(done.at("/compared/equal").asInt()).isEqualTo(2);
    assertThat(done.at("/compared/changed").size()).isZero();
    assertThat(lake.specs().activations())
        .extracting(Activation::version, Activation::outcome)
        .contains(org.assertj.core.groups.Tuple.tuple(version, Activation.Outcome.ACTIVE));
    assertNothingLeft(version);
    assertThat(
            TestSpark.get()
                .read()
                .format("delta")
                .option("versionAsOf", before)
                .load(lake.table())
                .count())
        .as("the older version can be read")
        .isEqualTo(5);

    lake.archive().put(List.of(event("b", 9, "again"), event("a", 2, "later"), tombstone("c")));
    lake.run();
    assertThat(lake.query(ROWS))
        .as("the stream goes on under the new version")
        .containsExactly("[a,3,three]", "[b,9,again]", "[d,1,one]");
    assertThat(lake.account().totals().get("events").read()).isEqualTo(11);
    assertThat(lake.account().cutovers()).containsEntry("events", account.plan());
    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("No version of dataset 'events' waits for a rebuild");
  }

  @Test
  @Tag("long")
  void aRebuildThatDiesAnywhereGoesOnAndEndsTheSame() throws Exception {
    List<String> points =
        List.of(
            "rebuild.begun",
            "phase2.after-quarantine",
            "phase2.after-table",
            "rebuild.filled",
            "rebuild.compared",
            "phase2.before-cutover",
            "phase2.table-cut-over",
            "phase2.quarantine-cut-over",
            "phase2.tombstones-cut-over",
            "phase2.after-release",
            "rebuild.reported");
    for (String point : points) {
      TestLake lake = new TestLake(folder.resolve(point));
      lake.define(COLUMNS, WriteSpec.append(), null, null, 2L);
      lake.archive().put(List.of(event("a", 1, "one"), event("b", 1, "one"), message("x", "{")));
      lake.archive().put(List.of(event("a", 2, "two"), tombstone("b")));
      lake.run();
      long version = await(lake, BY_ID);
      TestSpark.failAt(point);
      assertThatThrownBy(() -> lake.rebuild(request()))
          .as(point)
          .isInstanceOf(UncheckedIOException.class);

      lake.archive().put(List.of(event("c", 1, "one"), event("a", 3, "three")));
      lake.run();
      long read = lake.account().totals().get("events").read();
      assertThat(read).as("%s: the stream went on", point).isEqualTo(7);
      lake.rebuild(request());

      assertThat(lake.query(ROWS)).as(point).containsExactly("[a,3,three]", "[c,1,one]");
      PlanAccount account = lake.account();
      assertThat(account.inForce()).as(point).containsEntry("events", version);
      assertThat(account.totals().get("events").read()).as(point).isEqualTo(7);
      assertThat(account.totals().get("events").balanced()).as(point).isTrue();
      assertThat(lake.query("select _offset from q")).as(point).containsExactly("[2]");
      assertThat(remembered(lake)).as(point).hasSize(1);
      assertThat(plans(lake, PlanKind.CUTOVER)).as(point).isEqualTo(1);
      assertNothingLeft(lake, version);
      lake.run();
      assertThat(lake.query(ROWS)).as(point).containsExactly("[a,3,three]", "[c,1,one]");
    }
  }

  @Test
  void aLiveDriverFinishesACutOverAndGoesOnUnderItsVersion() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    assertThat(lake.query(ROWS)).as("nothing is seen of it").hasSize(2);

    lake.archive().put(List.of(event("a", 3, "three"), event("b", 1, "one")));
    lake.run();

    assertThat(lake.query(ROWS)).containsExactly("[a,3,three]", "[b,1,one]");
    assertThat(lake.account().inForce()).containsEntry("events", version);
    assertThat(lake.specs().activations())
        .as("the metastore hears of it from the driver too")
        .extracting(Activation::version)
        .contains(version);
    lake.rebuild(request());
    assertNothingLeft(version);
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aMetastoreThatHasLostAVersionWhichCameInPlaceIsNotAskedOfIt() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    lake.specs().dataset(withOneMoreColumn(lake));
    lake.run();
    lake.specs().forgetNewest("events");
    lake.archive().put(List.of(event("b", 1, "one")));

    lake.run();

    assertThat(lake.specs().askedByVersion()).isZero();
    assertThat(lake.query(ROWS)).hasSize(3);
  }

  @Test
  @Tag("long")
  void aRebuildThatADriverHasFinishedIsDoneThoughAnotherVersionCameSince() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.run();
    lake.specs().dataset(withOneMoreColumn(lake));
    lake.run();
    assertThat(lake.account().inForce()).containsEntry("events", version + 1);

    JsonNode done = lake.rebuild(request(Action.REBUILD, version));

    assertThat(done.at("/outcome").asText()).isEqualTo("CUT_OVER");
    assertNothingLeft(version);
    assertThat(lake.account().inForce()).containsEntry("events", version + 1);
  }

  @Test
  @Tag("long")
  void theStreamIsNotStopped() throws Exception {
    TestLake lake = appending();
    List<TestArchive.Message> first = new ArrayList<>();
    for (int key = 0; key < 50; key++) {
      first.add(event("k" + key, 0, "zero"));
    }
    lake.archive().put(first);
    lake.run();
    long version = await(lake, BY_ID);
    StopSignal stop = new StopSignal();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread driver = thread(failure, () -> lake.continuous().run(stop));
    Thread producer =
        thread(
            failure,
            () -> {
              for (int at = 1; at <= 30; at++) {
                lake.archive()
                    .put(List.of(event("k" + at % 50, at, "new"), event("n" + at, at, "new")));
                Thread.sleep(200);
              }
            });

    lake.rebuild(request());

    producer.join();
    assertThat(failure.get()).isNull();
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> lake.account().position("events", "events") == 32);
    stop.request();
    driver.join();
    assertThat(failure.get()).isNull();
    assertThat(lake.query("select count(*), count(distinct id), sum(at) from t"))
        .containsExactly("[80,80,930]");
    assertThat(lake.account().inForce()).containsEntry("events", version);
    assertThat(lake.account().totals().get("events").read()).isEqualTo(110);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void anUpsertBecomesAHistoryWithOtherPartitionsAndDeletionVectors() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        COLUMNS,
        BY_ID,
        new TargetSpec(
            lake.table(), null, null, null, Optional.of(MergeStrategy.MERGE_ON_READ), null));
    lake.archive().put(List.of(event("a", 1, "one"), event("b", 1, "one")));
    lake.run();
    lake.archive().put(List.of(event("a", 2, "two"), tombstone("b")));
    lake.run();
    WriteSpec history =
        new WriteSpec(
            WriteMode.HISTORY, List.of("id"), List.of("at"), Deletes.IGNORE, Optional.empty());
    lake.specs()
        .awaiting(
            current(lake)
                .withWrite(history)
                .withTarget(
                    new TargetSpec(
                        lake.table(),
                        List.of("name"),
                        Map.of("delta.enableChangeDataFeed", "false"),
                        null,
                        Optional.of(MergeStrategy.MERGE_ON_READ),
                        null)));

    lake.rebuild(request());

    assertThat(lake.query("select id, at, _valid_to, _current from t order by id, at"))
        .containsExactly("[a,1,2,false]", "[a,2,null,true]", "[b,1,null,true]");
    assertThat(
            DeltaTable.forPath(TestSpark.get(), lake.table())
                .detail()
                .select("partitionColumns")
                .head()
                .getList(0))
        .isEqualTo(List.of("name"));
    lake.archive().put(List.of(event("a", 5, "five"), event("b", 0, "zero")));
    lake.run();
    assertThat(lake.query("select id, at, _valid_to, _current from t order by id, at"))
        .containsExactly(
            "[a,1,2,false]",
            "[a,2,5,false]",
            "[a,5,null,true]",
            "[b,0,1,false]",
            "[b,1,null,true]");
    lake.maintain(
        new MaintenanceRequest(
            EnumSet.of(MaintenanceRequest.Task.OPTIMIZE, MaintenanceRequest.Task.PURGE),
            false,
            1L << 20,
            2,
            OptionalInt.empty(),
            168,
            false,
            Duration.ZERO),
        report -> {});
    assertThat(lake.query("select count(*) from t")).containsExactly("[5]");
  }

  @Test
  @Tag("long")
  void aTableWhoseColumnsWereRenamedIsRebuilt() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    lake.specs().dataset(withAnotherName(lake));
    lake.run();
    assertThat(lake.query("select called from t order by at")).containsExactly("[one]", "[two]");
    await(lake, BY_ID);

    lake.rebuild(request());

    assertThat(lake.query("select id, at, called from t")).containsExactly("[a,2,two]");
    lake.archive().put(List.of(event("b", 1, "three")));
    lake.run();
    assertThat(lake.query("select id, called from t order by id"))
        .containsExactly("[a,two]", "[b,three]");
  }

  @Test
  @Tag("long")
  void aTableWhoseColumnsAreRenamedWhileItIsRebuiltIsNotCutOver() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    lake.specs().dataset(withAnotherName(lake));
    // Made from a version that is not in force yet.
    await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.run();

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("were renamed or dropped since the new one was begun");
    assertThat(plans(lake, PlanKind.CUTOVER)).isZero();
  }

  @Test
  @Tag("long")
  void aBackfillThatWasBegunBeforeACutOverDoesNotGoOnInTheNewTable() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.archive().put(List.of(event("a", 2, "two")));
    lake.run();
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(() -> replace(lake, "again")).isInstanceOf(UncheckedIOException.class);
    lake.specs()
        .awaiting(
            current(lake).withTarget(new TargetSpec(lake.table(), List.of("name"), Map.of())));
    lake.rebuild(request());

    assertThatThrownBy(() -> replace(lake, "again"))
        .hasMessageContaining("The backfill 'again' of dataset 'events' was begun (plan")
        .hasMessageContaining("start it anew under another --id");
    assertThatThrownBy(() -> replace(lake, "older", OptionalLong.of(1)))
        .hasMessageContaining("Version 1 of dataset 'events' partitions by []")
        .hasMessageContaining("version 2, which is in force, by [name]");

    replace(lake, "anew");
    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]", "[a,2,two]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  private static void replace(TestLake lake, String id) throws Exception {
    replace(lake, id, OptionalLong.empty());
  }

  private static void replace(TestLake lake, String id, OptionalLong version) throws Exception {
    lake.backfill(
            new BackfillRequest(
                "events",
                BackfillMode.REPLACE,
                Selection.ALL,
                version,
                Optional.empty(),
                Optional.of(id),
                OptionalLong.of(1),
                Duration.ZERO))
        .run(new StopSignal());
  }

  @Test
  @Tag("long")
  void whatWasErasedMeanwhileDoesNotComeBack() throws Exception {
    TestLake lake = appending();
    lake.archive()
        .put(List.of(event("ann", 1, "one"), event("bob", 1, "one"), message("ann", "{")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    JsonNode erased = lake.erase(erasing("ann"));
    assertThat(erased.at("/records").asInt()).isEqualTo(2);
    assertThat(erased.at("/next").toString()).contains("./tributary rebuild --dataset events");

    lake.rebuild(request());

    assertThat(lake.query("select id from t")).containsExactly("[bob]");
    assertThat(lake.query("select * from q")).isEmpty();
    PlanAccount account = lake.account();
    assertThat(account.inForce()).containsEntry("events", version);
    assertThat(account.totals().get("events").read()).isEqualTo(3);
    assertThat(account.backfilled().orElseThrow().of("events").replaced().rows()).isEqualTo(1);
    assertThat(account.backfilled().orElseThrow().of("events").replaced().quarantined())
        .isEqualTo(1);
    assertThat(texts("lake/_plans")).doesNotContain("\"ann\"");
    assertThat(texts("lake/events/_plans")).isEmpty();
  }

  @Test
  @Tag("long")
  void recordsAreErasedThoughAVersionCombinesOfWhichTheTableHasNoRow() throws Exception {
    List<TransformSpec> combining =
        List.of(
            PluginJar.ofModule(FilterTransform.class, folder)
                .step("deduplicate", Map.of("columns", "id"), TransformKind.COMBINE));
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), combining, null, null);
    lake.archive().put(List.of(event("a", 1, "one"), event("b", 1, "one")));
    lake.run();
    assertThatThrownBy(() -> lake.erase(erasing("a")))
        .hasMessageContaining("(version 1) makes, or has made, one row of several records");
    lake.specs().awaiting(current(lake).withTransforms(List.of()));
    lake.rebuild(request());
    lake.specs().awaiting(current(lake).withTransforms(combining));
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.rebuild(request(Action.ABANDON));
    lake.specs().dataset(withOneMoreColumn(lake));
    lake.run();
    assertThat(lake.account().inForce()).containsEntry("events", 4L);

    lake.erase(erasing("a"));

    assertThat(lake.query(ROWS)).containsExactly("[b,1,one]");
  }

  @Test
  void whatTheChangeDoesNotExplainIsRefusedUnlessItIsAccepted() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), message("x", "{\"at\":2,\"name\":\"none\"}")));
    lake.run();
    long version = await(lake, BY_ID);

    assertThatThrownBy(() -> lake.rebuild(request()))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining(
            "1 records would stand in quarantine, 0 rows come from no entry that it has read")
        .hasMessageContaining("--accept differences");
    assertThat(lake.query(ROWS)).as("the table is as it was").hasSize(2);
    assertThat(lake.account().inForce()).containsEntry("events", 1L);
    assertThatThrownBy(
            () ->
                lake.maintain(
                    new MaintenanceRequest(
                        EnumSet.of(MaintenanceRequest.Task.VACUUM),
                        false,
                        1L << 20,
                        2,
                        OptionalInt.empty(),
                        168,
                        false,
                        Duration.ZERO),
                    report -> {}))
        .hasMessageContaining("is refused while it is rebuilt");

    lake.rebuild(
        new RebuildRequest(
            "events",
            OptionalLong.of(version),
            Set.of(Accepted.DIFFERENCES),
            OptionalLong.empty(),
            Action.REBUILD));

    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]");
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[1,missing-column]");
  }

  @Test
  @Tag("long")
  void thePlanOfANewTableThatIsNotAdmittedIsAcceptedByTheRebuild() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, new BreakerSpec(0.5, 2L), 10L);
    lake.archive()
        .put(
            List.of(
                event("a", 1, "one"),
                message("x", "{\"at\":2,\"name\":\"none\"}"),
                message("y", "{\"at\":3,\"name\":\"none\"}")));
    lake.run();
    await(lake, BY_ID);

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("would set aside 2 of 3 records")
        .hasMessageContaining("rebuilding again with --accept limits");

    lake.rebuild(
        new RebuildRequest(
            "events",
            OptionalLong.empty(),
            EnumSet.allOf(Accepted.class),
            OptionalLong.empty(),
            Action.REBUILD));
    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]");
    assertThat(lake.query("select _offset from q order by _offset")).containsExactly("[1]", "[2]");
  }

  @Test
  @Tag("long")
  void aColumnThatSomebodyHasAddedDoesNotVanishWithoutAWord() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.get().sql("ALTER TABLE delta.`%s` ADD COLUMN seen int".formatted(lake.table()));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("the columns [seen] would be gone");

    lake.rebuild(
        new RebuildRequest(
            "events",
            OptionalLong.empty(),
            Set.of(Accepted.DIFFERENCES),
            OptionalLong.empty(),
            Action.REBUILD));
    assertThat(lake.query("select * from t limit 1")).hasSize(1);
    assertThat(TestSpark.get().read().format("delta").load(lake.table()).columns())
        .doesNotContain("seen");
  }

  @Test
  @Tag("long")
  void rowsThatSomebodyElseHasWrittenDoNotVanishWithoutAWord() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two"), event("a", 3, "three")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.get()
        .sql(
            "INSERT INTO delta.`%s` (id, at, name) VALUES ('x', 1, 'hand'), ('y', 1, 'hand')"
                .formatted(lake.table()));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("2 rows come from no entry that it has read, 0 records are missing");
    assertThat(lake.query(ROWS)).hasSize(5);
  }

  @Test
  void aRebuildThatIsGivenUpLeavesTheTableAsItWas() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    assertThat(Files.exists(rebuilt(version))).isTrue();

    assertThat(lake.rebuild(request(Action.ABANDON)).at("/outcome").asText())
        .isEqualTo("ABANDONED");

    assertThat(Files.exists(rebuilt(version))).isFalse();
    assertNothingLeft(version);
    assertThat(lake.query(ROWS)).hasSize(2);
    assertThat(lake.specs().activations())
        .extracting(Activation::version, Activation::outcome)
        .contains(org.assertj.core.groups.Tuple.tuple(version, Activation.Outcome.REJECTED));
    lake.archive().put(List.of(event("b", 1, "one")));
    lake.run();
    assertThat(lake.query(ROWS)).hasSize(3);
    assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD, version)))
        .hasMessageContaining("Version 2 of dataset 'events' does not wait for a rebuild");
    long next = await(lake, BY_ID);
    assertThat(next).isGreaterThan(version);
    lake.rebuild(request());
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,1,one]");
    assertThatThrownBy(() -> lake.rebuild(request(Action.ABANDON, next)))
        .as("what the table is made of is not removed")
        .hasMessageContaining("No rebuild of dataset 'events' under version 3 waits");
  }

  @Test
  @Tag("long")
  void aRebuildOfAVersionThatTheMetastoreHasLostIsGivenUp() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.specs().forgetNewest("events");

    assertThat(lake.rebuild(request(Action.ABANDON)).at("/outcome").asText())
        .isEqualTo("ABANDONED");

    assertNothingLeft(version);
    assertThat(Files.exists(rebuilt(version))).isFalse();
    assertThat(lake.specs().activations())
        .as("it would refuse that")
        .extracting(Activation::version)
        .doesNotContain(version);
  }

  @Test
  @Tag("long")
  void aCutOverThatWasLeftOpenIsMadeVoidByGivingItUp() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);

    lake.rebuild(request(Action.ABANDON));

    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query(ROWS)).hasSize(2);
    assertNothingLeft(version);
  }

  @Test
  @Tag("long")
  void aRebuildThatWasLeftBehindIsGivenUpThoughItsSpecStandsBesideThePlans() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    new PlanRulings(lake.log(), Clock.systemUTC())
        .voidPlan(lake.log().head().getAsLong(), "ann", "not today");
    lake.specs().dataset(withOneMoreColumn(lake));
    lake.run();
    assertThat(lake.account().inForce()).containsEntry("events", version + 1);

    assertThat(lake.rebuild(request(Action.ABANDON)).at("/outcome").asText())
        .isEqualTo("ABANDONED");

    assertNothingLeft(version);
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aRebuildThatIsGivenUpIsNotCutOverToThoughAPlanOfItIsOpen() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("rebuild.given-up");
    assertThatThrownBy(() -> lake.rebuild(request(Action.ABANDON)))
        .isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("was given up by --abandon, which has not come to its end");
    Path note = folder.resolve("lake/events/_plans/rebuilt-2/given-up.json");
    Path kept = Files.move(note, folder.resolve("given-up.json"));
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    Files.move(kept, note);

    lake.run();

    PlanAccount account = lake.account();
    assertThat(account.outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(account.reason().orElseThrow()).contains("under version 2 was given up");
    assertThat(lake.query(ROWS)).hasSize(2);
    assertThat(lake.rebuild(request(Action.ABANDON)).at("/outcome").asText())
        .isEqualTo("ABANDONED");
    assertNothingLeft(version);
    assertThat(Files.exists(rebuilt(version))).isFalse();
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aTableThatWasBegunInThePlaceOfTheOneThatAPlanMeansIsNotCutOverTo() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    Path note = folder.resolve("lake/events/_plans/rebuilt-2/rebuild.json");
    ObjectNode begun = (ObjectNode) Json.mapper().readTree(note.toFile());
    assertThat(begun.path("id").asText()).isNotEmpty();
    Files.delete(note);
    Files.write(note, Json.mapper().writeValueAsBytes(begun.put("id", "another")));

    lake.run();

    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.account().reason().orElseThrow()).contains("under version 2 was given up");
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aRebuildThatIsGivenUpBeforeItHasBegunBeginsNothing() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    atLookUp(lake, 1, () -> lake.rebuild(request(Action.ABANDON)));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Version 2 of dataset 'events' does not wait for a rebuild");

    assertThat(Files.exists(rebuilt(version))).isFalse();
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void whatOneRebuildLeftBehindIsRemovedByTheNext() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("rebuild.reported");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(() -> lake.rebuild(request(Action.ABANDON, version)))
        .hasMessageContaining("was cut over to version 2, and has the files of its rebuild");
    long next =
        await(
            lake,
            new WriteSpec(
                WriteMode.UPSERT,
                List.of("id", "name"),
                List.of("at"),
                Deletes.HARD,
                Optional.empty()));

    lake.rebuild(request());

    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]", "[a,2,two]");
    assertNothingLeft(version);
    assertNothingLeft(next);
  }

  @Test
  @Tag("long")
  void aCutOverThatNobodyHasReportedIsNotTakenBackByAChangeThatWasMadeWithoutIt() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.after-release");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.specs()
        .awaiting(
            current(lake).withTarget(new TargetSpec(lake.table(), List.of("name"), Map.of())));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Version 3 of dataset 'events' does not wait for a rebuild");

    assertThat(lake.specs().activations())
        .extracting(Activation::version, Activation::outcome)
        .contains(org.assertj.core.groups.Tuple.tuple(version, Activation.Outcome.ACTIVE));
    assertThat(lake.account().inForce()).containsEntry("events", version);
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]");
    assertNothingLeft(version);
  }

  @Test
  @Tag("long")
  void whatCannotBeRebuiltIsRefusedWithItsReason() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.archive().put(List.of(event("a", 2, "two")));
    lake.run();
    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("No version of dataset 'events' waits for a rebuild")
        .hasMessageContaining("--rebuild");
    long version = await(lake, BY_ID);
    lake.specs().dataset(withOneMoreColumn(lake));
    lake.run();
    assertThat(lake.account().inForce()).containsEntry("events", version + 1);
    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Version 3 of dataset 'events' came into force after version 2");
  }

  @Test
  @Tag("long")
  void aDatasetThatJoinsTheTableWhileItIsRebuiltLosesNothing() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    DatasetSpec now = current(lake);
    DatasetSpec other =
        new DatasetSpec(
            "others",
            now.source(),
            null,
            now.target(),
            now.columns(),
            now.write(),
            null,
            null,
            null,
            null);
    atLookUp(
        lake,
        4,
        () -> {
          lake.specs().dataset(other);
          lake.run("others");
        });

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Dataset 'others' writes the table")
        .hasMessageContaining("would lack its rows");

    assertThat(lake.query(ROWS)).as("of both").hasSize(4);
    assertThat(plans(lake, PlanKind.CUTOVER)).isZero();
  }

  private static void running(TestSpark.Work work) {
    try {
      work.run();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @Tag("long")
  void aVersionThatIsAboutToComeIsNotTakenBack() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.specs().dataset(withOneMoreColumn(lake));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Version 3 of dataset 'events' was registered after version 2")
        .hasMessageContaining("is to come into force");
    assertThat(plans(lake, PlanKind.CUTOVER)).isZero();
  }

  @Test
  @Tag("long")
  void aTableOfWhichTheArchiveHasLostEntriesIsNotRebuilt() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.archive().put(THIRD_DAY, List.of(event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    expireFirstDay(lake);

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Retention has removed the entries")
        .hasMessageContaining("would lack these");
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void whatTheNewTableHasReadMayGoFromTheArchive() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("b", 1, "one")));
    lake.archive().put(THIRD_DAY, List.of(event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    expireFirstDay(lake);

    lake.rebuild(request());

    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,1,one]");
  }

  @Test
  @Tag("long")
  void whatRetentionTakesWhileThePlanThatReadsItIsDoneIsMissed() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 3, "three")));
    lake.archive().put(THIRD_DAY, List.of(event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    atLookUp(lake, 6, () -> expireFirstDay(lake));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("has read 1 records of entries that held 3");
    assertThat(lake.query(ROWS)).hasSize(3);
  }

  /** Runs something when the source is looked up for the nth time from now on. */
  private static void atLookUp(TestLake lake, int n, TestSpark.Work work) {
    lake.specs().beforeNextLookUp(n == 1 ? () -> running(work) : () -> atLookUp(lake, n - 1, work));
  }

  private static void expireFirstDay(TestLake lake) {
    new ArchiveRetention(ManifestLog.open(lake.archive().location(), "events", new Configuration()))
        .expire(
            THIRD_DAY - Duration.ofDays(1).toMillis(), new Author("test", "test"), THIRD_DAY + 1)
        .orElseThrow();
  }

  @Test
  @Tag("long")
  void aCutOverThatAnOperatorMakesVoidChangesNothing() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two"), message("x", "{")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    long open = lake.log().head().getAsLong();
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(open, "ann", "not today");

    lake.run();

    assertThat(lake.log().account(open).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query(ROWS)).hasSize(2);
    assertThat(lake.query("select _offset, _plan from q")).containsExactly("[2,1]");
    assertThat(lake.account().inForce()).containsEntry("events", 1L);
    assertThat(lake.account().cutovers()).isEmpty();
    lake.rebuild(request());
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]");
    assertThat(lake.account().inForce()).containsEntry("events", version);
  }

  @Test
  @Tag("long")
  void aCutOverThatLacksAPartOfTheNewTableIsMadeVoidByTheDriver() throws Exception {
    for (String gone :
        List.of("_quarantine/rebuilt-2", "_tombstones/rebuilt-2", "rebuilt-2/_delta_log")) {
      TestLake lake = new TestLake(folder.resolve(gone.replace('/', '-')));
      lake.define(COLUMNS, WriteSpec.append(), null, null, 3L);
      lake.archive().put(List.of(event("a", 1, "one"), tombstone("b"), message("x", "{")));
      lake.run();
      await(lake, BY_ID);
      TestSpark.failAt("phase2.before-cutover");
      assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
      Path table = Path.of(java.net.URI.create(lake.table()));
      delete(table.resolve(gone));

      lake.run();

      assertThat(lake.account().outcome()).as(gone).isEqualTo(PlanOutcome.VOID);
      assertThat(lake.account().reason().orElseThrow()).as(gone).contains("is gone");
      assertThat(lake.query(ROWS)).as(gone).hasSize(1);
      assertThat(lake.query("select _offset from q")).as(gone).hasSize(2);
    }
  }

  @Test
  @Tag("long")
  void aCutOverThatLacksItsAccountAloneNeedsTheNewTableNoMore() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), tombstone("b"), message("x", "{")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.after-release");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    delete(folder.resolve("lake/events/_quarantine/rebuilt-2"));
    delete(folder.resolve("lake/events/_tombstones/rebuilt-2"));

    lake.run();

    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.COMMITTED);
    assertThat(lake.account().inForce()).containsEntry("events", version);
    assertThat(lake.query("select _offset from q")).containsExactly("[2]");
    assertThat(remembered(lake)).hasSize(1);
  }

  @Test
  @Tag("long")
  void aRestoreToBeforeACutOverIsRefusedAndOneToAfterItIsDoneAgain() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two"), tombstone("z")));
    lake.run();
    long before = version(lake);
    await(lake, BY_ID);
    lake.rebuild(request());
    long after = version(lake);
    lake.archive().put(List.of(event("b", 1, "one"), tombstone("y")));
    lake.run();
    long last = version(lake);

    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(after);
    lake.run();
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,1,one]");
    assertThat(remembered(lake)).hasSize(2);
    assertThat(lake.account().totals().get("events").read()).isEqualTo(5);

    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(before);
    assertThatThrownBy(lake::run)
        .hasMessageContaining("which put a rebuilt table in its place")
        .hasMessageContaining("TO VERSION AS OF");
    assertThat(last).isGreaterThan(after);
  }

  @Test
  @Tag("long")
  void aRestoreThatComesRightBeforeACutOverIsHeeded() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.run();
    long first = version(lake);
    lake.archive().put(List.of(event("a", 2, "two"), event("b", 1, "one")));
    lake.run();
    await(lake, BY_ID);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread rebuild = thread(failure, () -> lake.rebuild(request()));

    TestSpark.at(
        "phase2.cutover-attempted",
        () -> DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(first));
    rebuild.join();

    lake.run();
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,1,one]");
    lake.archive().put(List.of(event("b", 2, "two")));
    lake.run();
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,2,two]");
    assertThat(lake.account().totals().get("events").read()).isEqualTo(4);
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(failure.get()).isNull();
  }

  @Test
  @Tag("long")
  void aTableBesideWhoseRowsCannotGiveWayIsNamedAndTheTableGoesOn() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), message("x", "{"), event("a", 2, "two")));
    lake.run();
    TestSpark.get()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES (delta.appendOnly = true)"
                .formatted(lake.log().folders().quarantine()));
    await(lake, BY_ID);

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("_quarantine")
        .hasMessageContaining("has the property delta.appendOnly");

    lake.archive().put(List.of(event("b", 1, "one")));
    lake.run();
    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]", "[a,2,two]", "[b,1,one]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  private TestLake appending() {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, 3L);
    return lake;
  }

  private static DatasetSpec current(TestLake lake) {
    return lake.specs().dataset("events").orElseThrow().spec();
  }

  private static long await(TestLake lake, WriteSpec write) {
    return lake.specs().awaiting(current(lake).withWrite(write));
  }

  private static DatasetSpec withAnotherName(TestLake lake) {
    return current(lake)
        .withColumns(
            List.of(
                COLUMNS.get(0),
                COLUMNS.get(1),
                new ColumnSpec("called", "string", true, Optional.of("name"), Optional.empty())
                    .withId(Optional.of("0.name"))));
  }

  private static DatasetSpec withOneMoreColumn(TestLake lake) {
    return current(lake)
        .withColumns(
            Stream.concat(COLUMNS.stream(), Stream.of(ColumnSpec.of("more", "string"))).toList());
  }

  private static RebuildRequest request() {
    return request(Action.REBUILD);
  }

  private static RebuildRequest request(Action action) {
    return new RebuildRequest(
        "events", OptionalLong.empty(), Set.of(), OptionalLong.empty(), action);
  }

  private static RebuildRequest request(Action action, long version) {
    return new RebuildRequest(
        "events", OptionalLong.of(version), Set.of(), OptionalLong.empty(), action);
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

  private static TestArchive.Message event(String id, int at, String name) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"name\":\"%s\"}".formatted(id, at, name));
  }

  private static long version(TestLake lake) {
    return DeltaTable.forPath(TestSpark.get(), lake.table())
        .history(1)
        .select("version")
        .head()
        .getLong(0);
  }

  private static List<String> remembered(TestLake lake) {
    return TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().tombstones().toString())
        .select("id", "_plan")
        .collectAsList()
        .stream()
        .map(Object::toString)
        .toList();
  }

  private static long plans(TestLake lake, PlanKind kind) {
    long found = 0;
    for (long n = 0; n <= lake.log().head().getAsLong(); n++) {
      found += lake.log().plan(n).orElseThrow().kind() == kind ? 1 : 0;
    }
    return found;
  }

  private Path rebuilt(long version) {
    return folder.resolve("lake/events/rebuilt-" + version);
  }

  private void assertNothingLeft(long version) {
    assertNothingLeft(folder.resolve("lake/events"), version);
  }

  private void assertNothingLeft(TestLake lake, long version) {
    assertNothingLeft(Path.of(java.net.URI.create(lake.table())), version);
  }

  private static void assertNothingLeft(Path table, long version) {
    String name = "rebuilt-" + version;
    assertThat(table.resolve(name).resolve("_delta_log")).doesNotExist();
    for (String beside : List.of("_plans", "_quarantine", "_tombstones")) {
      assertThat(table.resolve(beside).resolve(name)).doesNotExist();
    }
  }

  private static void delete(Path folder) throws Exception {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private String texts(String name) throws Exception {
    Path root = folder.resolve(name);
    if (!Files.exists(root)) {
      return "";
    }
    StringBuilder texts = new StringBuilder();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        texts.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return texts.toString();
  }

  private static Thread thread(AtomicReference<Throwable> failure, TestSpark.Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception e) {
                failure.compareAndSet(null, e);
              }
            });
    thread.start();
    return thread;
  }
}
