package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.MergeStrategy;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.RebuildFolders;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.rebuild.RebuildRequest.Action;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.streaming.StopSignal;
import dev.tributary.transforms.basic.FilterTransform;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A table that is made anew beside its stream and cut over, and whether anything is lost by it. */
final class RebuildIT extends AbstractRebuildSuite {
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

  /** One that comes back from the dead would put it beside the new table after all. */
  @Test
  @Tag("long")
  void noOtherRunCanWriteBesideTheNewTableWhatWasErasedInTheMiddleOfItsPlan() throws Exception {
    TestLake lake = appending();
    lake.archive()
        .put(List.of(event("ann", 1, "one"), event("bob", 1, "one"), message("ann", "{")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-tombstones");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.erase(erasing("ann"));
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);

    PlanLog made = made(lake, version);
    assertThat(made.plan(1).orElseThrow().kind()).isEqualTo(PlanKind.LIVE);
    assertThat(made.account(1).orElseThrow().counts().read()).isEqualTo(1);
    SparkSession.setActiveSession(TestSpark.get());
    DeltaTransactions transactions = new DeltaTransactions(TestSpark.get());
    assertThat(transactions.marked(made.folders().quarantine(), made.application())).hasValue(1);
    assertThat(transactions.marked(made.folders().tombstones(), made.application())).hasValue(1);

    lake.rebuild(request());

    assertThat(lake.query("select id from t")).containsExactly("[bob]");
    assertThat(lake.query("select * from q")).isEmpty();
    assertThat(lake.account().unbalanced()).isEmpty();
    lake.archive().put(List.of(event("bob", 2, "two"), event("cid", 1, "one")));
    lake.run();
    assertThat(lake.query("select id, at from t order by id"))
        .containsExactly("[bob,2]", "[cid,1]");
  }

  /** Nobody else may say of it what is set aside, or put it there. */
  @Test
  @Tag("long")
  void aPlanWhoseEveryRecordWasErasedIsClosedBesideTheNewTableToo() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("ann", 1, "one"), message("ann", "{")));
    lake.run();
    PlanLog made = made(lake, await(lake, BY_ID));
    while (made.last().orElse(-1) < 1) {
      TestSpark.failAt("phase2.plan-put");
      assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    }
    assertThat(made.badRecords(1)).isEmpty();
    lake.erase(erasing("ann"));
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);

    PlanAccount account = made.account(1).orElseThrow();
    assertThat(account.counts()).isEqualTo(PlanCounts.NONE);
    assertThat(made.badRecords(1).orElseThrow().records()).isEmpty();
    SparkSession.setActiveSession(TestSpark.get());
    DeltaTransactions transactions = new DeltaTransactions(TestSpark.get());
    PlanMark mark = new PlanMark(made.application(), 1);
    assertThat(account.versions().quarantine())
        .isPresent()
        .isEqualTo(transactions.versionOf(made.folders().quarantine(), mark));
    assertThat(account.versions().tombstones())
        .isPresent()
        .isEqualTo(transactions.versionOf(made.folders().tombstones(), mark));

    lake.rebuild(request());

    assertThat(lake.query("select id from t")).isEmpty();
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  /** What it had read would be beside the new table, or counted there. */
  @Test
  @Tag("long")
  void aRunThatWasHeldUpWhileRecordsWereErasedDoesItsPlanAgainWithoutThem() throws Exception {
    TestLake lake = appending();
    lake.archive()
        .put(List.of(event("ann", 1, "one"), event("bob", 1, "one"), message("ann", "{")));
    lake.run();
    PlanLog made = made(lake, await(lake, BY_ID));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread heldUp = thread(failure, () -> lake.rebuild(request()));

    TestSpark.at("phase2.before-tombstones", () -> lake.erase(erasing("ann")));
    heldUp.join();

    assertThat(failure.get())
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_UNAVAILABLE))
        .hasMessageContaining("Records of plan 1 were erased from the archive while it was done");
    assertNothingBeside(made);
    lake.rebuild(request());
    assertThat(lake.query("select id from t")).containsExactly("[bob]");
    assertThat(lake.query("select * from q")).isEmpty();
    assertThat(lake.account().totals().get("events").read()).isEqualTo(1);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  /** Nobody would remove it any more. */
  @Test
  @Tag("long")
  void aRunThatWasHeldUpUntilTheNewTableIsNotMadeAnyMorePutsNothingBesideIt() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("ann", 1, "one"), message("ann", "{")));
    lake.run();
    PlanLog made = made(lake, await(lake, BY_ID));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread heldUp = thread(failure, () -> lake.rebuild(request()));

    TestSpark.at(
        "phase2.before-tombstones",
        () ->
            Files.delete(Path.of(RebuildFolders.begun(made.folders().table()).toUri().getPath())));
    heldUp.join();

    assertThat(failure.get()).hasMessageContaining("is not made any more");
    assertNothingBeside(made);
  }

  private static PlanLog made(TestLake lake, long version) {
    return PlanLog.open(
        RebuildFolders.of(lake.table()).rebuilt(version).toString(), new Configuration());
  }

  private static void assertNothingBeside(PlanLog made) {
    assertThat(Path.of(made.folders().quarantine().toUri().getPath())).doesNotExist();
    assertThat(Path.of(made.folders().tombstones().toUri().getPath())).doesNotExist();
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
}
