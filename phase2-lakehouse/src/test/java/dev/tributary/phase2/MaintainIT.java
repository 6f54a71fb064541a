package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.MaintenanceSpec;
import dev.tributary.core.spec.MergeStrategy;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.LiveSettings;
import dev.tributary.phase2.maintain.LiveMaintenance;
import dev.tributary.phase2.maintain.MaintenanceReport;
import dev.tributary.phase2.maintain.MaintenanceReport.Part;
import dev.tributary.phase2.maintain.MaintenanceReport.Rewriting;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.maintain.MaintenanceRequest.Task;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.Pipelines;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;

/** Tables are kept in order while their plans go on as if nobody had done it. */
final class MaintainIT {
  private static final ColumnSpec ID = ColumnSpec.of("id", "int");
  private static final ColumnSpec KIND = ColumnSpec.of("kind", "string");
  private static final String ROWS =
      "select id, kind, _topic, _partition, _offset, _sequence, _ingest_time from t order by"
          + " _offset";

  @TempDir Path folder;

  @Test
  void manySmallFilesBecomeFewAndTheRowsAndPlansStayWhatTheyAre() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ID, KIND),
        WriteSpec.append(),
        new TargetSpec(lake.table(), List.of("kind"), Map.of()));
    for (int i = 0; i < 3; i++) {
      lake.archive().put(batch(i));
      lake.run();
    }
    PlanAccount account = lake.account();
    lake.archive().put(batch(3));
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    List<String> rows = lake.query(ROWS);
    assertThat(rows).hasSize(8);
    List<String> operations = operations(lake.table());

    MaintenanceReport shown = maintain(lake, request(true, 4, Task.OPTIMIZE));
    assertThat(operations(lake.table())).isEqualTo(operations);
    assertThat(part(shown, "table").optimized().orElseThrow().files().filesBefore()).isEqualTo(8);
    assertThat(shown.text()).contains("8 small files in 2 partitions");

    MaintenanceReport done = maintain(lake, request(false, 4, Task.OPTIMIZE));

    Rewriting table = part(done, "table").optimized().orElseThrow();
    assertThat(table.partitions()).isEqualTo(2);
    assertThat(table.files().filesBefore()).isEqualTo(8);
    assertThat(table.files().filesAfter()).isEqualTo(2);
    assertThat(table.conflicts()).isZero();
    Rewriting quarantine = part(done, "quarantine").optimized().orElseThrow();
    assertThat(quarantine.files().filesBefore()).isEqualTo(4);
    assertThat(quarantine.files().filesAfter()).isEqualTo(1);
    assertThat(operations(lake.table())).startsWith("OPTIMIZE").hasSize(operations.size() + 1);
    assertThat(lake.query(ROWS)).isEqualTo(rows);
    assertThat(lake.query("select count(*), count(distinct _offset) from q"))
        .containsExactly("[4,4]");
    assertThat(lake.account()).isEqualTo(account);

    lake.archive().put(batch(4));
    lake.run();
    assertThat(lake.log().account(account.plan() + 1).orElseThrow().counts())
        .as("the plan whose commit came before the compaction, and its account after")
        .isEqualTo(new PlanCounts(3, 2, 0, 0, 0, 1, 0, 0, 0));
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(15, 10, 0, 0, 0, 5, 0, 0, 0));
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[10,10]");

    MaintenanceReport again = maintain(lake, request(false, 4, Task.OPTIMIZE));
    assertThat(part(again, "table").optimized().orElseThrow().partitions())
        .as("two files a partition are not worth it")
        .isZero();
  }

  @Test
  void aClusteredTableIsClusteredByMaintenanceAndGoesOnUnderAnotherNameOfItsColumn()
      throws Exception {
    TestLake lake = new TestLake(folder);
    WriteSpec upsert = new WriteSpec(WriteMode.UPSERT, List.of("id"), null, Deletes.HARD, null);
    TargetSpec target = new TargetSpec(lake.table(), null, null).withClusterBy(List.of("kind"));
    lake.define(List.of(ID, KIND), upsert, target);
    lake.archive().put(List.of(event(1, "b"), event(2, "a")));
    lake.run();
    lake.archive().put(List.of(event(3, "b"), event(4, "c")));
    lake.run();
    assertThat(clusteringColumns(lake)).containsExactly("kind");
    assertThat(clusteringProviders(lake)).hasSizeGreaterThan(1).containsOnlyNulls();

    Rewriting table =
        part(maintain(lake, request(false, 2, Task.OPTIMIZE)), "table").optimized().orElseThrow();
    assertThat(table.partitions()).isEqualTo(1);
    assertThat(clusteringProviders(lake)).containsExactly("liquid");
    assertThat(lake.query("select id, kind from t order by id"))
        .containsExactly("[1,b]", "[2,a]", "[3,b]", "[4,c]");
    assertThat(
            part(maintain(lake, request(false, 2, Task.OPTIMIZE)), "table")
                .optimized()
                .orElseThrow()
                .partitions())
        .as("what is clustered is left alone")
        .isZero();

    lake.define(List.of(ID, KIND.withName("sort")), upsert, target.withClusterBy(List.of("sort")));
    lake.archive().put(List.of(event(2, "d")));
    lake.run();
    assertThat(clusteringColumns(lake)).containsExactly("sort");
    assertThat(lake.query("select id, sort from t order by id"))
        .containsExactly("[1,b]", "[2,d]", "[3,b]", "[4,c]");
    assertThat(lake.account().unbalanced()).isEmpty();

    lake.define(List.of(ID, KIND.withName("sort")), upsert, target.withClusterBy(List.of("id")));
    lake.run();
    assertThat(lake.specs().activations()).last().asString().contains("/target/clusterBy");
    assertThat(clusteringColumns(lake)).containsExactly("sort");
  }

  private static List<Object> clusteringColumns(TestLake lake) {
    return DeltaTable.forPath(TestSpark.get(), lake.table())
        .detail()
        .select("clusteringColumns")
        .head()
        .getList(0);
  }

  /** By what each file was clustered; null: it was not. */
  private static List<String> clusteringProviders(TestLake lake) {
    return DeltaLog.forTable(TestSpark.get(), lake.table())
        .update(false, Option.empty(), Option.empty())
        .allFiles()
        .toDF()
        .select("clusteringProvider")
        .collectAsList()
        .stream()
        .map((Row row) -> row.getString(0))
        .toList();
  }

  @Test
  @Tag("long")
  void ofACompactionAndAnUpsertThatMeetBothEndRightWhicheverCommitsFirst() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ID, KIND),
        new WriteSpec(WriteMode.UPSERT, List.of("id"), null, Deletes.HARD, null),
        new TargetSpec(
            lake.table(), null, null, Optional.empty(), Optional.of(MergeStrategy.MERGE_ON_READ)));
    lake.archive().put(List.of(event(1, "a"), event(2, "a")));
    lake.run();
    lake.archive().put(List.of(event(3, "a"), event(4, "a")));
    lake.run();

    lake.archive().put(List.of(event(1, "b"), event(3, "b"), event(5, "b")));
    List<MaintenanceReport> reports = new ArrayList<>();
    assertThat(
            BeforeCommit.during(
                lake::run, () -> lake.maintain(request(false, 2, Task.OPTIMIZE), reports::add)))
        .isTrue();

    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 1, 2, 0, 0, 0, 0, 0, 0));
    assertThat(part(reports.get(0), "table").optimized().orElseThrow().files().filesBefore())
        .isEqualTo(2);
    assertThat(operations(lake.table())).startsWith("MERGE", "OPTIMIZE", "MERGE");
    assertThat(lake.query("select id, kind from t order by id"))
        .containsExactly("[1,b]", "[2,a]", "[3,b]", "[4,a]", "[5,b]");

    lake.archive().put(List.of(event(1, "c"), event(4, "c"), event(6, "c")));
    assertThat(
            BeforeCommit.during(
                () -> lake.maintain(request(false, 2, Task.OPTIMIZE), reports::add), lake::run))
        .isTrue();

    assertThat(part(reports.get(1), "table").optimized().orElseThrow().conflicts()).isEqualTo(1);
    assertThat(part(reports.get(1), "table").optimized().orElseThrow().left()).isEmpty();
    assertThat(operations(lake.table())).startsWith("OPTIMIZE", "MERGE");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 1, 2, 0, 0, 0, 0, 0, 0));
    List<String> rows = List.of("[1,c]", "[2,a]", "[3,b]", "[4,c]", "[5,b]", "[6,c]");
    assertThat(lake.query("select id, kind from t order by id")).isEqualTo(rows);

    lake.archive().put(List.of(event(2, "d")));
    lake.run();
    Rewriting purged =
        part(maintain(lake, request(false, 2, Task.PURGE)), "table").purged().orElseThrow();
    assertThat(purged.files().filesBefore()).isEqualTo(1);
    assertThat(
            part(maintain(lake, request(true, 2, Task.PURGE)), "table")
                .purged()
                .orElseThrow()
                .files()
                .filesBefore())
        .as("no file has a deletion vector any more")
        .isZero();
    lake.archive().put(List.of(event(2, "e")));
    lake.run();
    assertThat(lake.query("select id, kind from t order by id"))
        .containsExactly("[1,c]", "[2,e]", "[3,b]", "[4,c]", "[5,b]", "[6,c]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void aPlanThatReplacesGoesOnWhereACompactionTakesItsFilesAway() throws Exception {
    TestLake lake = appended(2);
    List<MaintenanceReport> reports = new ArrayList<>();

    assertThat(
            BeforeCommit.during(
                () ->
                    lake.backfill(
                            new BackfillRequest(
                                "events",
                                BackfillMode.REPLACE,
                                Selection.ALL,
                                OptionalLong.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                OptionalLong.empty(),
                                Duration.ZERO))
                        .run(new StopSignal()),
                () -> lake.maintain(request(false, 2, Task.OPTIMIZE), reports::add)))
        .isTrue();

    assertThat(part(reports.get(0), "table").optimized().orElseThrow().files().filesBefore())
        .isEqualTo(2);
    assertThat(lake.account().replaced()).contains(new Replaced(2, 0));
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(2, 2, 0, 0, 0, 0, 0, 0, 0));
    assertThat(operations(lake.table())).startsWith("WRITE", "OPTIMIZE");
    assertThat(lake.query("select id from t order by id")).containsExactly("[0]", "[1]");
  }

  @Test
  @Tag("long")
  void aVacuumTakesWhatNothingNamesAndAShortOneOnlyWhileNoRunNeedsIt() throws Exception {
    TestLake lake = appended(3);
    maintain(lake, request(false, 2, Task.OPTIMIZE));
    Path orphan = orphan();
    List<Path> files = age(30);

    MaintenanceReport shown = maintain(lake, request(true, 2, Task.VACUUM));
    assertThat(part(shown, "table").vacuumed().orElseThrow().files().files()).isEqualTo(1);
    assertThat(orphan).exists();
    MaintenanceReport done = maintain(lake, request(false, 2, Task.VACUUM));

    assertThat(part(done, "table").vacuumed().orElseThrow())
        .satisfies(
            vacuumed -> {
              assertThat(vacuumed.retainHours()).isEqualTo(168);
              assertThat(vacuumed.files().files()).isEqualTo(1);
              assertThat(vacuumed.files().bytes()).isEqualTo(5);
            });
    assertThat(orphan).doesNotExist();
    files.remove(orphan);
    assertThat(files)
        .as("files in use, and those that were replaced just now, however old they are")
        .hasSize(4)
        .allSatisfy(file -> assertThat(file).exists());
    assertThat(lake.query("select id from t order by id")).containsExactly("[0]", "[1]", "[2]");

    orphan();
    age(1);
    assertThatThrownBy(() -> maintain(lake, vacuum(false)))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("--retain-hours 2 is refused: the table keeps what was replaced for")
        .hasMessageContaining("--short-retention");
    lake.archive().put(List.of(event(3, "x")));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    assertRefused(lake, "while plan 4, put by run");
    lake.run();
    try (Heartbeat other =
        new Heartbeat(
            lake.log(),
            "other.events-0a1b2c3d-maintain",
            Duration.ofMillis(200),
            Clock.systemUTC())) {
      other.during(
          () -> {
            assertRefused(
                lake, "other maintenance runs may work on it: other.events-0a1b2c3d-maintain");
            return 0;
          });
    }
    assertThat(orphan).exists();
    assertThat(part(maintain(lake, vacuum(true)), "table").vacuumed().orElseThrow().files().files())
        .as("the orphan, and not the young file of the attempt that failed")
        .isEqualTo(1);
    assertThat(orphan).doesNotExist();
    assertThat(lake.query("select count(*) from t")).containsExactly("[4]");

    dataset(lake, "inner", lake.table() + "/inner", SpecState.ACTIVE);
    assertThatThrownBy(() -> maintain(lake, request(false, 2, Task.VACUUM)))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("/inner lies in its folder and would be removed");
  }

  @Test
  void aTableIsTakenOnceHoweverManyDatasetsFeedItAndARetiredOnesWhenItIsNamed() {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ID), Map.of());
    dataset(lake, "more", lake.table(), SpecState.PAUSED);
    dataset(lake, "old", lake.table() + "_old", SpecState.RETIRED);

    assertThat(units(lake, "--all")).containsExactly("events.maintain");
    assertThat(units(lake, "--dataset", "old", "--dataset", "more"))
        .containsExactly("more.maintain", "old.maintain");
    assertThatThrownBy(() -> units(lake, "--dataset", "none"))
        .hasMessageContaining("knows no dataset named none");
  }

  @Test
  void aDriverThatWritesCompactsByItselfAfterAsManyPlansAsTheDatasetSays() throws Exception {
    TestLake lake = new TestLake(folder);
    maintained(lake, new MaintenanceSpec(null, false, null, null, 2L, null, Optional.of(3L), null));
    // Plan 0 makes the table.
    for (int i = 0; i < 2; i++) {
      lake.archive().put(List.of(event(i, "x")));
      live(lake);
    }
    assertThat(operations(lake.table())).startsWith("OPTIMIZE", "WRITE", "WRITE");
    for (int i = 2; i < 4; i++) {
      lake.archive().put(List.of(event(i, "x")));
      live(lake);
    }
    assertThat(operations(lake.table())).startsWith("WRITE", "WRITE", "OPTIMIZE");
    lake.archive().put(List.of(event(4, "x")));
    live(lake);
    assertThat(operations(lake.table()))
        .startsWith("OPTIMIZE", "WRITE", "WRITE", "WRITE", "OPTIMIZE");
    assertThat(lake.query("select id, _offset from t order by id"))
        .containsExactly("[0,0]", "[1,1]", "[2,2]", "[3,3]", "[4,4]");
    assertThat(lake.account().unbalanced()).isEmpty();

    MaintenanceReport done =
        maintain(lake, MaintenanceRequest.of(List.of(spec(lake).maintenance())));
    assertThat(part(done, "table").optimized().orElseThrow().files().filesBefore()).isZero();
    assertThat(part(done, "table").purged()).isEmpty();
    assertThat(part(done, "table").vacuumed().orElseThrow().retainHours()).isEqualTo(168);
  }

  @Test
  void aDriverThatWritesGivesItsMaintenanceUpWhenItsTimeIsOver() throws Exception {
    TestLake lake = appended(4);
    maintained(
        lake, new MaintenanceSpec(null, null, null, null, 2L, null, Optional.of(1L), 1_000L));
    LiveMaintenance maintenance =
        new LiveMaintenance(
            TestSpark.get(),
            lake.specs(),
            "run",
            new LiveSettings(
                new TriggerSpec.AvailableNow(), Duration.ofMillis(200), Duration.ofSeconds(2)),
            Clock.systemUTC());
    List<String> operations = operations(lake.table());
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(TestSpark.get().sparkContext());
    String busy = "busy-" + folder.getFileName();
    CountDownLatch began = new CountDownLatch(1);
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskStart(SparkListenerTaskStart start) {
            began.countDown();
          }
        };
    spark.sc().addSparkListener(listener);
    // Nothing else of Spark gets on while these sleep.
    CompletableFuture<Void> sleeping =
        CompletableFuture.runAsync(
            () -> {
              spark.sc().addJobTag(busy);
              try {
                spark
                    .parallelize(Collections.nCopies(64, 1), 64)
                    .foreach(each -> Thread.sleep(5_000));
              } finally {
                spark.sc().removeJobTag(busy);
              }
            });
    try {
      began.await();
      long before = System.nanoTime();
      maintenance.after(spec(lake), 4, new StopSignal());
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
    } finally {
      spark.sc().cancelJobsWithTag(busy);
      spark.sc().removeSparkListener(listener);
    }
    assertThatThrownBy(sleeping::join).hasMessageContaining("cancelled");
    assertThat(operations(lake.table())).isEqualTo(operations);

    maintained(
        lake, new MaintenanceSpec(null, null, null, null, 2L, null, Optional.of(1L), 600_000L));
    maintenance.after(spec(lake), 5, new StopSignal());
    assertThat(operations(lake.table())).startsWith("OPTIMIZE").hasSize(operations.size() + 1);
    assertThat(lake.query("select id from t order by id"))
        .containsExactly("[0]", "[1]", "[2]", "[3]");
  }

  private static DatasetSpec spec(TestLake lake) {
    return lake.specs().dataset("events").orElseThrow().spec();
  }

  /** Registers the next version of the dataset. */
  private static void maintained(TestLake lake, MaintenanceSpec maintenance) {
    lake.define(List.of(ID, KIND), Map.of());
    lake.specs().dataset(spec(lake).withMaintenance(maintenance));
  }

  /** Runs the dataset up to now as the driver does. */
  private static void live(TestLake lake) throws Exception {
    List<String> flags =
        List.of("--all", "--trigger", "available-now", "--metastore.url", "http://127.0.0.1:1");
    Driver.Context context =
        new Driver.Context(
            Phase2Settings.PROGRAM.resolve(flags, Map.of(), Path.of("target")),
            TestSpark.get(),
            new Pipelines(),
            UUID.randomUUID().toString(),
            Clock.systemUTC());
    for (RunUnit unit : new DatasetUnits(context, lake.specs()).units()) {
      unit.run(new StopSignal());
    }
  }

  @Test
  void whatADatasetThatWasNotAskedForSaysOfItsTableCountsToo() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ID), Map.of());
    lake.run();
    dataset(lake, "more", lake.table(), SpecState.ACTIVE);
    lake.specs()
        .dataset(
            lake.specs()
                .dataset("more")
                .orElseThrow()
                .spec()
                .withMaintenance(
                    new MaintenanceSpec(null, null, false, null, null, null, null, null)));
    List<MaintenanceReport> reports = new ArrayList<>();
    for (RunUnit unit : units(lake, reports, "--dataset", "events")) {
      unit.run(new StopSignal());
    }
    assertThat(reports.get(0).datasets()).containsExactly("events");
    assertThat(part(reports.get(0), "table").optimized()).isPresent();
    assertThat(part(reports.get(0), "table").vacuumed()).isEmpty();
  }

  @Tag("long")
  @Test
  void nothingIsCommittedBesideARestoreOrAnOldOpenPlanThatItWouldMakeDeltaForget()
      throws Exception {
    TestLake lake = appended(3);
    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(1);
    assertThatThrownBy(() -> maintain(lake, request(false, 2, Task.OPTIMIZE)))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_RESTORED))
        .hasMessageContaining("Until its phase 2 has run (resumed where");
    lake.run();
    maintain(lake, request(false, 2, Task.OPTIMIZE));

    lake.archive().put(List.of(event(3, "x")));
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    maintain(lake, request(false, 2, Task.OPTIMIZE));
    Path plan =
        folder.resolve(
            "lake/_plans/events/%05d/%020d.json"
                .formatted(lake.log().generation(), lake.log().head().orElseThrow()));
    Files.writeString(
        plan, Files.readString(plan).replaceFirst("\"plannedAt\":\\d+", "\"plannedAt\":1"));
    assertThatThrownBy(() -> maintain(lake, request(false, 2, Task.OPTIMIZE)))
        .hasMessageContaining("hours ago and is not done");
    lake.run();
    maintain(lake, request(false, 2, Task.OPTIMIZE));
    assertThat(lake.query("select count(*) from t")).containsExactly("[4]");
  }

  private static List<String> units(TestLake lake, String... flags) {
    return units(lake, new ArrayList<>(), flags).stream().map(RunUnit::name).toList();
  }

  private static List<RunUnit> units(
      TestLake lake, List<MaintenanceReport> reports, String... flags) {
    List<String> all = new ArrayList<>(List.of("--metastore.url", "http://127.0.0.1:1"));
    all.addAll(List.of(flags));
    Driver.Context context =
        new Driver.Context(
            MaintainSettings.PROGRAM.resolve(all, Map.of(), Path.of("target")),
            TestSpark.get(),
            new Pipelines(),
            "run",
            Clock.systemUTC());
    return new MaintenanceUnits(context, lake.specs(), reports::add).units();
  }

  private static void dataset(TestLake lake, String name, String table, SpecState state) {
    lake.specs()
        .dataset(
            new DatasetSpec(
                name,
                "events",
                null,
                new TargetSpec(table, null, null),
                List.of(ID),
                WriteSpec.append(),
                null,
                null,
                null,
                state));
  }

  private static void assertRefused(TestLake lake, String message) {
    assertThatThrownBy(() -> maintain(lake, vacuum(true)))
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PLAN_CONFLICT))
        .hasMessageContaining(message);
  }

  /** A table of one row a file. */
  private TestLake appended(int rows) throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ID, KIND), Map.of());
    for (int i = 0; i < rows; i++) {
      lake.archive().put(List.of(event(i, "x")));
      lake.run();
    }
    return lake;
  }

  private Path orphan() throws IOException {
    return Files.writeString(folder.resolve("lake/events/part-orphan.parquet"), "12345");
  }

  /** Makes all files of the table as old as if they had been written days ago. */
  private List<Path> age(int days) throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("lake/events"))) {
      List<Path> files =
          new ArrayList<>(
              all.filter(file -> file.getFileName().toString().startsWith("part-")).toList());
      for (Path file : files) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(days))));
      }
      return files;
    }
  }

  private static MaintenanceReport maintain(TestLake lake, MaintenanceRequest request)
      throws InterruptedException {
    List<MaintenanceReport> reports = new ArrayList<>();
    lake.maintain(request, reports::add);
    return reports.get(0);
  }

  private static Part part(MaintenanceReport report, String name) {
    return report.tables().stream()
        .filter(part -> part.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static MaintenanceRequest request(boolean dryRun, int leastFiles, Task task) {
    return new MaintenanceRequest(
        EnumSet.of(task),
        dryRun,
        64 << 20,
        leastFiles,
        OptionalInt.empty(),
        168,
        false,
        Duration.ofSeconds(1));
  }

  private static MaintenanceRequest vacuum(boolean shortRetention) {
    return new MaintenanceRequest(
        EnumSet.of(Task.VACUUM),
        false,
        64 << 20,
        2,
        OptionalInt.of(2),
        168,
        shortRetention,
        Duration.ofSeconds(1));
  }

  /** What Delta calls the table's commits, the newest one first. */
  private static List<String> operations(String table) {
    return DeltaTable.forPath(TestSpark.get(), table)
        .history()
        .select("operation")
        .collectAsList()
        .stream()
        .map((Row row) -> row.getString(0))
        .toList();
  }

  private static List<TestArchive.Message> batch(int number) {
    return List.of(
        event(number, "it's \\\\ so"),
        message("n", "{\"id\":%d}".formatted(number)),
        message("bad", "{"));
  }

  private static TestArchive.Message event(int id, String kind) {
    return message(Integer.toString(id), "{\"id\":%d,\"kind\":\"%s\"}".formatted(id, kind));
  }
}
