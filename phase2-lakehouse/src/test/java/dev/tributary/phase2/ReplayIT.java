package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.ArchiveErasure;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.ArchiveSweep;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.RecordPlace;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.ExpectationSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplayIT {
  private static final List<ColumnSpec> STRICT =
      List.of(ColumnSpec.of("id", "bigint"), new ColumnSpec("name", "string", false, null, null));

  /** What was refused without a name passes. */
  private static final List<ColumnSpec> MENDED =
      List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("name", "string"));

  private static final String OPEN = "select _offset, _code, _plan, _dataset_version from q";

  @TempDir Path folder;

  @Test
  void whatANewVersionMendsIsResolvedAndWhatItDoesNotStaysOnce() throws Exception {
    TestLake lake = appended(mixed(0), mixed(3));
    PlanAccount live = lake.account();
    lake.define(MENDED, WriteSpec.append(), null, null, null);

    assertThat(lake.dryRun(request()).at("/pending").asInt()).as("not in force").isEqualTo(2);
    lake.run();
    List<String> before = files();
    JsonNode tried = lake.dryRun(request("missing-column"));
    assertThat(files()).isEqualTo(before);
    JsonNode done = lake.replay(request("missing-column"));
    long first = lake.account().plan();

    for (JsonNode report : List.of(tried, done)) {
      assertThat(report.at("/selected").asInt()).isEqualTo(2);
      assertThat(report.at("/resolved").asInt()).isEqualTo(2);
      assertThat(report.at("/again").asInt()).isZero();
      assertThat(report.at("/counts/inserted").asInt()).isEqualTo(2);
      assertThat(report.has("pending")).isFalse();
    }
    assertThat(lake.query("select id from t order by id"))
        .containsExactly("[0]", "[1]", "[3]", "[4]");
    assertThat(lake.query(OPEN + " where _resolved_plan is null order by _offset"))
        .containsExactly("[2,not-json,1,1]", "[5,not-json,2,1]");
    assertThat(
            lake.query(
                "select _offset, _plan, _resolved_plan, _resolved_at > _ingest_time from q where"
                    + " _resolved_plan is not null order by _offset"))
        .containsExactly("[1,1,%d,true]".formatted(first), "[4,2,%d,true]".formatted(first));
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(2, 2, 0, 0, 0, 0, 0, 0, 0));
    assertThat(lake.account().replaced()).contains(new Replaced(0, 2));
    assertThat(lake.account().positions()).isEqualTo(live.positions());
    assertThat(lake.account().totals()).isEqualTo(live.totals());

    for (int round = 1; round <= 2; round++) {
      JsonNode again = lake.replay(request());
      assertThat(again.at("/selected").asInt()).isEqualTo(2);
      assertThat(again.at("/resolved").asInt()).isZero();
      assertThat(again.at("/againByCode/not-json").asInt()).isEqualTo(2);
      long plan = lake.account().plan();
      assertThat(lake.query(OPEN + " where _resolved_plan is null order by _offset"))
          .as("once, and under the version that refused it last")
          .containsExactly(
              "[2,not-json,%d,2]".formatted(plan), "[5,not-json,%d,2]".formatted(plan));
    }
    assertThat(lake.query("select count(*) from q")).containsExactly("[4]");

    lake.backfill(backfill(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.account().counts().held()).isEqualTo(6);
    lake.backfill(backfill(BackfillMode.REPLACE)).run(new StopSignal());
    assertThat(lake.account().replaced()).contains(new Replaced(4, 2));
    assertThat(lake.query("select _offset from q order by _offset")).containsExactly("[2]", "[5]");
    BackfillTotals again = lake.account().backfilled().orElseThrow().of("events");
    assertThat(2 + 2 + again.counts().quarantined() - again.replaced().quarantined())
        .as("what the accounts say stands in the quarantine")
        .isEqualTo(2);
    assertThat(lake.account().unbalanced()).isEmpty();
    lake.archive().put(mixed(6));
    lake.run();
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[6,6]");
  }

  @Test
  @Tag("long")
  void aReplayThatDiesAnywhereIsFinishedByALiveDriverExactly() throws Exception {
    TestLake lake = appended(mixed(0), mixed(3));
    lake.define(MENDED, WriteSpec.append(), null, null, null);
    lake.run();
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
      assertThatThrownBy(() -> lake.replay(request())).isInstanceOf(UncheckedIOException.class);
      lake.run();
      long plan = lake.account().plan();

      assertThat(lake.log().plan(plan).orElseThrow().kind()).isEqualTo(PlanKind.REPLAY);
      assertThat(lake.account().counts())
          .as(point)
          .isEqualTo(new PlanCounts(4, 2, 0, 0, 0, 2, 0, 0, 0));
      assertThat(lake.account().replaced()).as(point).contains(new Replaced(0, 4));
      assertThat(lake.query("select _offset from t order by _offset"))
          .as(point)
          .containsExactly("[0]", "[1]", "[3]", "[4]");
      assertThat(
              lake.query(
                  "select _offset, _plan = %1$d, _resolved_plan = %1$d from q order by 1"
                      .formatted(plan)))
          .as(point)
          .containsExactly("[1,false,true]", "[2,true,null]", "[4,false,true]", "[5,true,null]");

      DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset IN (1, 4)");
      DeltaTable.forPath(TestSpark.get(), quarantine())
          .updateExpr(Map.of("_resolved_plan", "null", "_resolved_at", "null"));
    }
  }

  @Test
  @Tag("long")
  void anOldRecordOverwritesNothingNewerAndBringsBackNothingThatWasDeleted() throws Exception {
    TestLake lake = new TestLake(folder);
    WriteSpec upsert =
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, null);
    lake.define(keyed(false), upsert, null, null, null);
    lake.archive()
        .put(
            List.of(
                nameless("a", 1),
                named("a", 2, "newer"),
                nameless("b", 1),
                nameless("c", 1),
                named("d", 1, "older")));
    lake.archive()
        .put(List.of(tombstone("c"), nameless("d", 2), nameless("e", 1), nameless("e", 2)));
    lake.run();
    assertThat(lake.query("select id, name from t order by id"))
        .containsExactly("[a,newer]", "[d,older]");
    lake.define(keyed(true), upsert, null, null, null);
    lake.run();

    JsonNode tried = lake.dryRun(request());
    JsonNode done = lake.replay(request());

    assertThat(lake.query("select id, at, name from t order by id"))
        .containsExactly("[a,2,newer]", "[b,1,null]", "[d,2,null]", "[e,2,null]");
    PlanCounts counts = new PlanCounts(6, 2, 1, 0, 0, 0, 1, 2, 0);
    assertThat(lake.account().counts()).isEqualTo(counts);
    assertThat(done.at("/counts")).isEqualTo(tried.at("/counts"));
    assertThat(done.at("/resolved").asInt()).isEqualTo(6);
    assertThat(lake.query("select count(*) from q where _resolved_plan is null"))
        .containsExactly("[0]");
    assertThat(lake.replay(request()).at("/plans").asInt()).as("done is done").isZero();
    lake.backfill(backfill(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.query("select id, at, name from t order by id"))
        .containsExactly("[a,2,newer]", "[b,1,null]", "[d,2,null]", "[e,2,null]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void anEventOfAHistoryTakesItsPlaceAmongTheVersions() throws Exception {
    TestLake lake = new TestLake(folder);
    WriteSpec history =
        new WriteSpec(WriteMode.HISTORY, List.of("id"), List.of("at"), Deletes.IGNORE, null);
    lake.define(keyed(false), history, null, null, null);
    lake.archive()
        .put(
            List.of(
                named("a", 1, "first"), nameless("a", 2), named("a", 3, "last"), nameless("b", 1)));
    lake.run();
    lake.define(keyed(true), history, null, null, null);
    lake.run();

    JsonNode tried = lake.dryRun(request());
    JsonNode done = lake.replay(request());

    assertThat(
            lake.query("select id, name, _valid_from, _valid_to, _current from t order by id, at"))
        .containsExactly(
            "[a,first,1,2,false]",
            "[a,null,2,3,false]",
            "[a,last,3,null,true]",
            "[b,null,1,null,true]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(2, 2, 0, 0, 0, 0, 0, 0, 0));
    assertThat(lake.account().replaced()).contains(new Replaced(0, 2));
    assertThat(done.at("/counts")).isEqualTo(tried.at("/counts"));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void twoReplaysShareTheRecordsAndWhatTheArchiveLostStaysAndIsCounted() throws Exception {
    Instant day = Instant.parse("2026-11-21T08:00:00Z");
    TestLake lake = new TestLake(folder);
    lake.define(STRICT, WriteSpec.append(), null, null, 3L);
    for (int entry = 0; entry < 5; entry++) {
      lake.archive().put(day.plus(Duration.ofDays(entry)).toEpochMilli(), mixed(entry * 3));
    }
    lake.run();
    lake.define(MENDED, WriteSpec.append(), null, null, 3L);
    lake.run();
    ManifestLog archive =
        ManifestLog.open(lake.archive().location(), "events", new Configuration());
    Author author = new Author("test", "test");
    long now = day.plus(Duration.ofDays(9)).toEpochMilli();
    new ArchiveErasure(archive).erase(List.of(new RecordPlace(0, 0, 4)), author, now);
    new ArchiveRetention(archive)
        .expire(day.plus(Duration.ofDays(1)).toEpochMilli(), author, now)
        .orElseThrow();

    CompletableFuture<JsonNode> one = async(lake);
    CompletableFuture<JsonNode> other = async(lake);
    JsonNode first = one.get();
    JsonNode second = other.get();

    assertThat(first.at("/resolved").asInt() + second.at("/resolved").asInt()).isEqualTo(3);
    assertThat(first.at("/expired").asInt()).isEqualTo(1);
    assertThat(first.at("/erased").asInt() + second.at("/erased").asInt()).isBetween(1, 2);
    assertThat(lake.query("select _offset from t where id % 3 = 1 order by _offset"))
        .containsExactly("[7]", "[10]", "[13]");
    assertThat(
            lake.query(
                "select _offset from q where _resolved_plan is null and _code = 'missing-column'"
                    + " order by _offset"))
        .containsExactly("[1]", "[4]");
    assertThat(lake.query("select count(*), count(distinct _offset) from q"))
        .containsExactly("[10,10]");
    BackfillTotals all = lake.account().backfilled().orElseThrow().of("events");
    assertThat(all.replaced().quarantined() - all.counts().quarantined()).isEqualTo(3);
    assertThat(all.counts().balanced()).isTrue();
    assertThat(lake.replay(request("missing-column")).toString())
        .contains("\"selected\":2,\"resolved\":0,\"again\":0,\"expired\":1,\"erased\":1");
  }

  @Test
  @Tag("long")
  void aReplayWhoseArchiveCanNoLongerBeReadIsGivenUpAndLiveBatchesGoOn() throws Exception {
    TestLake lake = appended(mixed(0), mixed(3));
    lake.define(MENDED, WriteSpec.append(), null, null, 3L);
    lake.run();
    ManifestLog archive =
        ManifestLog.open(lake.archive().location(), "events", new Configuration());
    Author author = new Author("test", "test");
    long now = System.currentTimeMillis();
    long earlier = now - Duration.ofHours(2).toMillis();
    new ArchiveErasure(archive).erase(List.of(new RecordPlace(0, 0, 0)), author, earlier);
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(() -> lake.replay(request())).isInstanceOf(UncheckedIOException.class);
    new ArchiveErasure(archive).erase(List.of(new RecordPlace(0, 0, 3)), author, earlier);
    age(Duration.ofHours(2));
    new ArchiveSweep(archive).sweep(Duration.ofHours(1), author, now);
    lake.archive().put(now, mixed(6));

    lake.run();

    long replay = lake.account().plan() - 1;
    assertThat(lake.log().plan(replay).orElseThrow().kind()).isEqualTo(PlanKind.REPLAY);
    assertThat(lake.log().account(replay).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query("select count(*) from t where _offset >= 6")).containsExactly("[2]");
    assertThat(lake.replay(request()).at("/resolved").asInt()).isEqualTo(2);
  }

  /** Makes all files of the archive older. */
  private void age(Duration by) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("raw"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.setLastModifiedTime(
            file, FileTime.from(Files.getLastModifiedTime(file).toInstant().minus(by)));
      }
    }
  }

  @Test
  void aReplayThatIsMadeVoidLeavesTheQuarantineAsItWasAndNoBreakerStopsOne() throws Exception {
    TestLake lake = appended(mixed(0));
    List<String> before = lake.query(OPEN + " order by _offset");
    lake.specs().dataset(checked(lake, CheckPolicy.FAIL));
    lake.run();

    assertThatThrownBy(() -> lake.replay(request()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_NOT_ADMITTED))
        .hasMessageContaining("the expectation 'named'");
    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query(OPEN + " order by _offset")).isEqualTo(before);
    lake.specs().dataset(checked(lake, CheckPolicy.DROP));
    lake.run();
    JsonNode done = lake.replay(request());

    assertThat(done.at("/resolved").asInt()).isEqualTo(1);
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(2, 0, 0, 0, 1, 1, 0, 0, 0));
    assertThat(lake.query("select id from t")).containsExactly("[0]");
    assertThat(lake.query("select _offset from q where _resolved_plan is null"))
        .containsExactly("[2]");
  }

  /** Stops live batches of which one record in a hundred is bad. */
  private static DatasetSpec checked(TestLake lake, CheckPolicy policy) {
    return new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec(lake.table(), null, null),
            MENDED,
            WriteSpec.append(),
            null,
            new BreakerSpec(0.01, 1L),
            null,
            null)
        .withChecks(
            new ChecksSpec(List.of(new ExpectationSpec("named", "name is not null", policy))));
  }

  private static CompletableFuture<JsonNode> async(TestLake lake) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return lake.replay(
                new ReplayRequest(
                    "events",
                    List.of("missing-column"),
                    List.of("decode"),
                    OptionalLong.of(1),
                    Duration.ofMillis(300)));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static ReplayRequest request(String... codes) {
    return new ReplayRequest(
        "events", List.of(codes), List.of(), OptionalLong.empty(), Duration.ZERO);
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

  private static List<ColumnSpec> keyed(boolean mended) {
    return List.of(
        ColumnSpec.of("id", "string"),
        ColumnSpec.of("at", "int"),
        new ColumnSpec("name", "string", mended, null, null));
  }

  private static TestArchive.Message named(String id, int at, String name) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"name\":\"%s\"}".formatted(id, at, name));
  }

  private static TestArchive.Message nameless(String id, int at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d}".formatted(id, at));
  }

  /** A good one, one without a name, and one that is no JSON; the first has the given offset. */
  private static List<TestArchive.Message> mixed(int first) {
    return List.of(
        message("a", "{\"id\":%d,\"name\":\"n\"}".formatted(first)),
        message("b", "{\"id\":%d}".formatted(first + 1)),
        message("c", "{"));
  }

  @SafeVarargs
  private TestLake appended(List<TestArchive.Message>... entries) throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(STRICT, WriteSpec.append(), null, null, 3L);
    for (List<TestArchive.Message> entry : entries) {
      lake.archive().put(entry);
    }
    lake.run();
    return lake;
  }

  private String quarantine() {
    return folder.resolve("lake/_quarantine/events").toUri().toString();
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
}
