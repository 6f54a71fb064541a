package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.EventTimeSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.live.DatasetUnit;
import dev.tributary.phase2.live.LiveSettings;
import dev.tributary.phase2.plan.BesideVersions;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/operations.md says to do when a table, or what lies beside it, is gone. */
final class LostTableIT {
  private static final List<ColumnSpec> COLUMNS = List.of(ColumnSpec.of("id", "bigint"));

  private static final String KEYS = "select id from t order by id";

  @TempDir Path folder;

  @Test
  void aTableThatIsGoneIsNotBegunAnewUnderItsOldLogAndComesBackUnderAnotherName() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("1", "{\"id\":1}"), message("2", "{\"id\":2}")));
    lake.run();
    org.apache.hadoop.fs.Path table = new org.apache.hadoop.fs.Path(lake.table());
    FileSystem files = table.getFileSystem(new Configuration());
    files.delete(table, true);
    lake.archive().put(List.of(message("3", "{\"id\":3}")));

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_LOST))
        .hasMessageContaining("is gone");
    assertThat(
            files.exists(
                new org.apache.hadoop.fs.Path(table, "_delta_log/00000000000000000000.json")))
        .as("a table that lacks what its log says is written")
        .isFalse();

    String again = folder.resolve("lake/events_again").toUri().toString();
    lake.specs()
        .dataset(
            new DatasetSpec(
                "events_again",
                "events",
                null,
                new TargetSpec(again, null, null),
                COLUMNS,
                WriteSpec.append(),
                null,
                null,
                null,
                null));
    unit(lake, "events_again").run(new StopSignal());
    assertThat(ids(again)).containsExactlyInAnyOrder(1L, 2L, 3L);
    assertThat(
            PlanLog.open(again, new Configuration())
                .latestAccount()
                .orElseThrow()
                .totals()
                .get("events_again")
                .read())
        .isEqualTo(3);
  }

  @Test
  void aPlanLogThatIsGoneIsNotBegunAnewBesideItsOldTableAndGoesOnWhereItIsBroughtBack()
      throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("1", "{\"id\":1}")));
    lake.run();
    lake.archive().put(List.of(message("2", "{\"id\":2}")));
    org.apache.hadoop.fs.Path table = new org.apache.hadoop.fs.Path(lake.table());
    FileSystem files = table.getFileSystem(new Configuration());
    org.apache.hadoop.fs.Path plans =
        new org.apache.hadoop.fs.Path(table.getParent(), "_plans/" + table.getName());
    org.apache.hadoop.fs.Path replica = new org.apache.hadoop.fs.Path(folder.toUri() + "/replica");
    assertThat(files.rename(plans, replica)).isTrue();

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOG_CORRUPT))
        .hasMessageContaining("of another plan log");
    assertThat(ids(lake.table())).containsExactly(1L);

    files.delete(plans, true);
    assertThat(files.rename(replica, plans)).isTrue();
    lake.run();
    assertThat(ids(lake.table())).containsExactlyInAnyOrder(1L, 2L);
    assertThat(lake.account().totals().get("events").read()).isEqualTo(2);
  }

  @Tag("long")
  @Test
  void anArchiveWhoseLogIsOlderThanItsTableStopsItUntilTheLogIsWhole() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("1", "{\"id\":1}")));
    lake.run();
    Path log =
        Path.of(
                ManifestLog.open(lake.archive().location(), "events", new Configuration())
                    .folder()
                    .toUri()
                    .getPath())
            .resolve("_log");
    copy(log, folder.resolve("copy"));
    lake.archive().put(List.of(message("2", "{\"id\":2}")));
    lake.run();
    Runnable back = lose(new org.apache.hadoop.fs.Path(log.toUri()));
    copy(folder.resolve("copy"), log);

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOG_CORRUPT))
        .hasMessageContaining("restore the archive's _log");
    assertThat(FileUtil.fullyDelete(log.toFile())).isTrue();
    back.run();
    lake.archive().put(List.of(message("3", "{\"id\":3}")));
    lake.run();
    assertThat(ids(lake.table())).containsExactlyInAnyOrder(1L, 2L, 3L);
  }

  @Test
  void deletesThatAreRememberedNoMoreAreMissedUntilTheyComeBack() throws Exception {
    TestLake lake = upsert();
    assertThat(lake.account().beside())
        .contains(new BesideVersions(Optional.of(0L), Optional.of(0L), Map.of()));
    Runnable back = lose(lake.log().folders().tombstones());
    lake.archive().put(List.of(event("a", 2)));

    for (int run = 0; run < 2; run++) {
      assertLost(lake::run, "tombstones table", "is gone");
      assertThat(lake.query(KEYS)).as("a deleted key").containsExactly("[c]");
    }

    back.run();
    lake.run();
    assertThat(lake.query(KEYS)).containsExactly("[c]");
    assertThat(lake.account().counts().late()).isEqualTo(1);
  }

  @Tag("long")
  @Test
  void deletesThatNobodyBringsBackAreKnownAgainOnceTheTableIsRebuilt() throws Exception {
    TestLake lake = upsert();
    lose(lake.log().folders().tombstones());
    lake.archive().put(List.of(event("a", 2)));
    assertLost(lake::run, "tombstones table", "is gone");
    accept(lake);
    lake.run();
    assertThat(lake.query(KEYS)).as("what the operator took").containsExactly("[a]", "[c]");

    lake.specs().awaiting(upsert(lake, 7));
    lake.rebuild(
        new RebuildRequest(
            "events",
            OptionalLong.empty(),
            Set.of(),
            OptionalLong.empty(),
            RebuildRequest.Action.REBUILD));

    assertThat(lake.query(KEYS)).containsExactly("[c]");
    assertThat(lake.account().beside().orElseThrow().tombstones()).contains(0L);
    lake.archive().put(List.of(event("a", 2)));
    lake.run();
    assertThat(lake.query(KEYS)).containsExactly("[c]");
  }

  @Tag("long")
  @Test
  void aQuarantineThatIsGoneIsBegunAnewOnlyWhereAnOperatorTakesTheLoss() throws Exception {
    TestLake lake = upsert();
    Path quarantine = Path.of(lake.log().folders().quarantine().toUri().getPath());
    lose(lake.log().folders().quarantine());
    lake.archive().put(List.of(event("d", 1)));

    assertLost(lake::run, "quarantine", "is gone");
    new PlanRulings(lake.log(), Clock.systemUTC())
        .voidPlan(lake.log().head().orElseThrow(), "ann", "not yet");
    assertLost(lake::run, "quarantine", "is gone");
    assertThat(quarantine).as("a void plan does not begin it anew").doesNotExist();
    accept(lake);
    lake.run();

    assertThat(lake.query(KEYS)).containsExactly("[c]", "[d]");
    assertThat(lake.account().beside().orElseThrow().quarantine()).isEmpty();
    lake.archive().put(List.of(message("e", "{")));
    lake.run();
    lake.archive().put(List.of(event("f", 1)));
    lake.run();
    assertThat(lake.query(KEYS)).containsExactly("[c]", "[d]", "[f]");
    assertThat(lake.query("select _offset from q")).containsExactly("[5]");
  }

  @Tag("long")
  @Test
  void aQuarantineFromAnOlderCopyIsMissed() throws Exception {
    TestLake lake = upsert();
    Path quarantine = Path.of(lake.log().folders().quarantine().toUri().getPath());
    copy(quarantine, folder.resolve("copy"));
    lake.archive().put(List.of(message("d", "{")));
    lake.run();
    Runnable back = lose(lake.log().folders().quarantine());
    copy(folder.resolve("copy"), quarantine);
    lake.archive().put(List.of(event("e", 1)));

    assertLost(lake::run, "quarantine", "ends with version 0");
    assertThat(FileUtil.fullyDelete(quarantine.toFile())).isTrue();
    back.run();
    lake.run();
    assertThat(lake.query(KEYS)).containsExactly("[c]", "[e]");
  }

  @Tag("long")
  @Test
  void aQuarantineFromACopyBeforeAnErasureIsMissed() throws Exception {
    TestLake lake = upsert();
    Path quarantine = Path.of(lake.log().folders().quarantine().toUri().getPath());
    copy(quarantine, folder.resolve("copy"));
    lake.erase(
        new EraseRequest(
            List.of("events"),
            Optional.empty(),
            Optional.empty(),
            List.of(new Erasure.Offsets("events", 0, 0, List.of(3L))),
            false,
            Optional.of("request 17"),
            Optional.empty()));
    assertThat(lake.query("select _value from q")).isEmpty();
    Runnable back = lose(lake.log().folders().quarantine());
    copy(folder.resolve("copy"), quarantine);
    lake.archive().put(List.of(event("e", 1)));

    assertLost(lake::run, "quarantine", "ends with version 0");
    assertThat(FileUtil.fullyDelete(quarantine.toFile())).isTrue();
    back.run();
    lake.run();
    assertThat(lake.query(KEYS)).containsExactly("[c]", "[e]");
  }

  @Test
  void aLateTableThatIsGoneIsMissed() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.specs()
        .dataset(
            new DatasetSpec(
                    "events",
                    "events",
                    null,
                    new TargetSpec(lake.table(), null, null),
                    List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("at", "timestamp")),
                    WriteSpec.append(),
                    null,
                    null,
                    null,
                    null)
                .withChecks(
                    new ChecksSpec(
                        List.of(),
                        Optional.empty(),
                        Optional.of(
                            new EventTimeSpec(
                                "at", Optional.of(1_000L), CheckPolicy.TABLE, null, null)))));
    lake.archive().put(List.of(message("1", "{\"id\":1,\"at\":\"2001-01-01T00:00:00Z\"}")));
    lake.run();
    Runnable back = lose(lake.log().folders().late("events"));
    lake.archive().put(List.of(message("2", "{\"id\":2,\"at\":\"2001-01-01T00:00:00Z\"}")));

    assertLost(lake::run, "late table", "is gone");
    back.run();
    lake.run();
    assertThat(ids(lake.log().folders().late("events").toString()))
        .containsExactlyInAnyOrder(1L, 2L);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"quarantine", "tombstones"})
  void whatIsLostWhileTheDatasetRunsIsMissedWhereItIsNeeded(String lost) throws Exception {
    TestLake lake = upsert();
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread driver =
        new Thread(
            () -> {
              try {
                lake.continuous().run(new StopSignal());
              } catch (Exception e) {
                ended.complete(e);
              }
            });
    driver.start();
    lake.archive().put(List.of(event("d", 1)));
    long before = lake.account().plan();
    await().atMost(Duration.ofMinutes(2)).until(() -> lake.account().plan() > before);

    lose(
        lost.equals("quarantine")
            ? lake.log().folders().quarantine()
            : lake.log().folders().tombstones());
    lake.archive().put(List.of(event("a", 2), message("x", "{")));

    assertThat(ended)
        .succeedsWithin(Duration.ofMinutes(2))
        .satisfies(
            cause ->
                assertThat(cause)
                    .isInstanceOf(TributaryException.class)
                    .hasMessageContaining(lost)
                    .hasMessageContaining("is gone"));
    driver.join();
    assertThat(lake.query(KEYS)).containsExactly("[c]", "[d]");
  }

  @Tag("long")
  @Test
  void aTableIsNotRestoredWhileDeletesThatItNeedsAreLost() throws Exception {
    TestLake lake = upsert();
    long held = lake.account().versions().table().orElseThrow();
    lake.archive().put(List.of(event("d", 1)));
    lake.run();
    Runnable back = lose(lake.log().folders().tombstones());
    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(held);

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_RESTORED))
        .hasMessageContaining("the tombstones table")
        .hasMessageContaining("is lost");
    back.run();
    lake.run();
    assertThat(lake.query(KEYS)).containsExactly("[c]", "[d]");
    assertThat(lake.log().generation()).isEqualTo(1);
  }

  /** The key a is deleted, c is there, and a record is in quarantine. */
  private TestLake upsert() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.specs().dataset(upsert(lake, 100));
    lake.archive().put(List.of(event("a", 1), event("c", 1)));
    lake.run();
    lake.archive()
        .put(List.of(message("a", "{\"id\":\"a\",\"at\":3,\"gone\":true}"), message("b", "{")));
    lake.run();
    assertThat(lake.query(KEYS)).containsExactly("[c]");
    return lake;
  }

  private static DatasetSpec upsert(TestLake lake, long mostRecords) {
    return new DatasetSpec(
        "events",
        "events",
        null,
        new TargetSpec(lake.table(), null, null),
        List.of(
            ColumnSpec.of("id", "string"),
            ColumnSpec.of("at", "bigint"),
            ColumnSpec.of("gone", "boolean")),
        new WriteSpec(
            WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, Optional.of("gone")),
        null,
        null,
        mostRecords,
        null);
  }

  private static TestArchive.Message event(String id, long at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d}".formatted(id, at));
  }

  private static void accept(TestLake lake) {
    new PlanRulings(lake.log(), Clock.systemUTC())
        .accept(lake.log().head().orElseThrow(), "ann", "it is lost");
  }

  private static void assertLost(ThrowingCallable run, String name, String how) {
    assertThatThrownBy(run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_LOST))
        .hasMessageContaining("The " + name)
        .hasMessageContaining(how);
  }

  static void copy(Path from, Path to) throws IOException {
    Configuration configuration = new Configuration();
    FileSystem files = FileSystem.getLocal(configuration);
    FileUtil.copy(
        files,
        new org.apache.hadoop.fs.Path(from.toUri()),
        files,
        new org.apache.hadoop.fs.Path(to.toUri()),
        false,
        configuration);
  }

  /** Takes a table's folder away; what is returned brings it back. */
  private Runnable lose(org.apache.hadoop.fs.Path table) throws Exception {
    Path there = Path.of(table.toUri().getPath());
    Path kept = folder.resolve("lost-" + UUID.randomUUID());
    Files.move(there, kept);
    return () -> {
      try {
        Files.move(kept, there);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private static List<Long> ids(String table) {
    return TestSpark.get().read().format("delta").load(table).select("id").collectAsList().stream()
        .map(row -> row.getLong(0))
        .toList();
  }

  private static DatasetUnit unit(TestLake lake, String dataset) {
    return new DatasetUnit(
        TestSpark.get(),
        lake.specs(),
        dataset,
        "again",
        new LiveSettings(
            new TriggerSpec.AvailableNow(), Duration.ofMillis(200), Duration.ofSeconds(2)),
        new PipelineMetrics(dataset, "phase2", Clock.systemUTC()),
        Clock.systemUTC(),
        (spec, plan, stop) -> {},
        spec -> true);
  }
}
