package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * An archive, its plan log and its tables as a release of plan log format 1 left them, with a plan
 * in the middle: every later release reads them, finishes that plan and goes on.
 */
final class ReleaseFixtureIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("n", "int"));
  private static final WriteSpec UPSERT =
      new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("n"), null, Optional.of("gone"));

  private static final WriteSpec BY_AT = ordered("at");
  private static final WriteSpec BY_AT_AND_NAME = ordered("at", "name");

  /** Who asks to be forgotten. */
  private static final String ANN = "ann-the-person";

  @TempDir Path folder;

  private static WriteSpec ordered(String... columns) {
    return new WriteSpec(
        WriteMode.UPSERT, List.of("id"), List.of(columns), Deletes.HARD, Optional.empty());
  }

  private static List<ColumnSpec> named(NameColumn name) {
    return List.of(
        ColumnSpec.of("id", "string"),
        ColumnSpec.of("at", "int"),
        new ColumnSpec("name", "string", name == NameColumn.MAY_LACK, null, null));
  }

  private enum NameColumn {
    REQUIRED,
    MAY_LACK
  }

  private static List<ColumnSpec> columns(String... more) {
    List<ColumnSpec> columns = new ArrayList<>(COLUMNS);
    columns.add(ColumnSpec.of("gone", "boolean"));
    Stream.of(more).forEach(name -> columns.add(ColumnSpec.of(name, "string")));
    return columns;
  }

  @Test
  void aTableOfFormatOneIsReadItsUnfinishedPlanIsFinishedAndTheNextGoesOn() throws Exception {
    ReleaseFixture.restore("plan-log-format-1", folder);
    TestLake lake = new TestLake(folder);
    lake.define(columns(), UPSERT, null, null, null);
    lake.define(columns("channel"), UPSERT, null, null, null);

    PlanLog log = lake.log();
    assertThat(log.plan(0).orElseThrow().kind()).isEqualTo(PlanKind.DDL);
    assertThat(log.account(1).orElseThrow().counts())
        .isEqualTo(new PlanCounts(5, 3, 0, 0, 0, 1, 1, 0, 0));
    assertThat(log.account(2).orElseThrow().outcome()).isEqualTo(PlanOutcome.COMMITTED);
    assertThat(log.plan(4)).as("planned, and its run died").isPresent();
    assertThat(log.account(4)).isEmpty();
    lake.archive().put(List.of(message("1", "{\"id\":1,\"n\":9,\"channel\":\"web\"}")));

    lake.run();

    assertThat(lake.query("select id, n, channel, _offset from t order by id"))
        .containsExactly("[1,9,web,8]", "[3,1,null,3]", "[4,4,shop,6]");
    assertThat(lake.query("select _offset, _code, _plan from q order by _offset, _plan"))
        .containsExactly("[4,not-json,1]", "[7,not-json,4]");
    assertThat(lake.account().plan()).isEqualTo(5);
    assertThat(lake.account().totals().get("events").read()).isEqualTo(9);
    assertThat(lake.account().totals().get("events").quarantined()).isEqualTo(2);
    assertThat(lake.log().account(3).orElseThrow().beside()).isEmpty();
    assertThat(lake.account().beside().orElseThrow().quarantine())
        .as("how far the quarantine has come is found out once")
        .isPresent();

    lake.archive().put(List.of(message("5", "{\"id\":")));
    lake.run();
    assertThat(lake.query("select _offset, _plan, _value from q order by _offset, _plan"))
        .as("the quarantine knew no values before")
        .containsExactly("[4,1,null]", "[7,4,null]", "[9,6,{\"id\":]");
  }

  /**
   * An append table whose log has plans of every kind, two generations and a backfill in the
   * middle, and a history table beside it.
   */
  @Test
  void aLogWithEveryKindOfPlanIsReadItsUnfinishedBackfillIsFinishedAndTheNextGoesOn()
      throws Exception {
    ReleaseFixture.restore("plan-log-format-1-all-kinds", folder);
    TestLake lake = new TestLake(folder);
    definePlain(lake);
    definePast(lake);

    PlanLog log = lake.log();
    assertThat(log.generation()).isEqualTo(1);
    assertThat(LongStream.rangeClosed(0, 8).mapToObj(plan -> log.plan(plan).orElseThrow().kind()))
        .containsExactly(
            PlanKind.DDL,
            PlanKind.LIVE,
            PlanKind.LIVE,
            PlanKind.DDL,
            PlanKind.REPLAY,
            PlanKind.BACKFILL,
            PlanKind.ERASE,
            PlanKind.LIVE,
            PlanKind.BACKFILL);
    assertThat(log.account(4).orElseThrow().generation()).isZero();
    assertThat(log.account(7).orElseThrow().generation()).isEqualTo(1);
    assertThat(log.plan(6).orElseThrow().again()).isPresent();
    assertThat(log.account(8)).as("planned, and its run died").isEmpty();
    assertThat(lake.query("select _offset from t order by _offset"))
        .as("the table is written, the account is not")
        .containsExactly("[1]", "[2]", "[3]", "[6]");
    PlanAccount before = log.account(7).orElseThrow();
    lake.archive().put(List.of(named("zoe", 1)));

    lake.run();
    lake.run("past");

    assertThat(lake.query("select id, at, _offset from t order by _offset"))
        .containsExactly("[bob,1,1]", "[bob,2,2]", "[eve,1,3]", "[bob,3,6]", "[zoe,1,7]");
    assertThat(lake.query("select _offset, _code from q where _resolved_plan is null"))
        .containsExactly("[4,not-json]");
    assertThat(lake.log().account(8).orElseThrow().counts().read()).isEqualTo(5);
    assertThat(lake.account().plan()).isEqualTo(9);
    assertThat(lake.account().totals().get("events").read())
        .isEqualTo(before.totals().get("events").read() + 1);
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(past("select id, at, _current from past order by id, at"))
        .containsExactly(
            "[bob,1,false]", "[bob,2,false]", "[bob,3,true]", "[eve,1,true]", "[zoe,1,true]");
    assertThat(PlanLog.open(pastTable(), new Configuration()).latestAccount().orElseThrow().plan())
        .isEqualTo(2);
  }

  /**
   * A table that was cut over once, with a second cut-over in the middle: the table is the new one
   * already, its quarantine and tombstones are not.
   */
  @Test
  void aCutOverThatIsInTheMiddleIsFinishedAndTheNextPlanGoesOn() throws Exception {
    ReleaseFixture.restore("plan-log-format-1-cut-over", folder);
    TestLake lake = new TestLake(folder);
    lake.define(named(NameColumn.MAY_LACK), WriteSpec.append(), null, null, null);
    lake.define(named(NameColumn.MAY_LACK), BY_AT, null, null, null);
    lake.define(named(NameColumn.MAY_LACK), BY_AT_AND_NAME, null, null, null);
    PlanLog log = lake.log();
    assertThat(LongStream.rangeClosed(0, 4).mapToObj(plan -> log.plan(plan).orElseThrow().kind()))
        .containsExactly(
            PlanKind.DDL, PlanKind.LIVE, PlanKind.CUTOVER, PlanKind.LIVE, PlanKind.CUTOVER);
    assertThat(log.account(3).orElseThrow().cutovers()).containsEntry("events", 2L);
    assertThat(log.account(3).orElseThrow().totals().get("events").read()).isEqualTo(6);
    assertThat(log.account(4)).as("the table was cut over, and the run died").isEmpty();
    lake.archive().put(List.of(named("zoe", 1)));

    lake.run();

    assertThat(lake.query("select id, at, _offset from t order by _offset"))
        .containsExactly("[ann,2,1]", "[bob,1,2]", "[zoe,1,6]");
    assertThat(lake.query("select _offset, _code, _plan from q order by _offset, _plan"))
        .containsExactly("[3,not-json,4]");
    PlanAccount account = lake.account();
    assertThat(account.plan()).isEqualTo(5);
    assertThat(account.cutovers()).containsEntry("events", 4L);
    assertThat(account.inForce()).containsEntry("events", 3L);
    assertThat(account.totals().get("events").read()).isEqualTo(7);
    assertThat(account.unbalanced()).isEmpty();
    JsonNode done =
        lake.rebuild(
            new RebuildRequest(
                "events",
                OptionalLong.of(3),
                Set.of(),
                OptionalLong.empty(),
                RebuildRequest.Action.REBUILD));
    assertThat(done.at("/outcome").asText()).isEqualTo("CUT_OVER");
    assertThat(folder.resolve("lake/events/_plans/rebuilt-3")).doesNotExist();
  }

  /** Writes what two rebuilds leave, the second one killed, into the given folder: by hand. */
  @Test
  @EnabledIfSystemProperty(named = "tributary.fixture.write-cut-over", matches = ".+")
  void writeTheFixtureOfACutOver() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(named(NameColumn.MAY_LACK), WriteSpec.append(), null, null, null);
    lake.archive()
        .put(List.of(named("ann", 1), named("ann", 2), named("bob", 1), message("bob", "{")));
    lake.run();
    lake.specs().awaiting(current(lake).withWrite(BY_AT));
    lake.rebuild(rebuild());
    lake.archive().put(List.of(named("eve", 1), tombstone("eve")));
    lake.run();
    lake.specs().awaiting(current(lake).withWrite(BY_AT_AND_NAME));
    TestSpark.failAt("phase2.table-cut-over");
    assertThatThrownBy(() -> lake.rebuild(rebuild())).isInstanceOf(UncheckedIOException.class);
    ReleaseFixture.keep(folder, System.getProperty("tributary.fixture.write-cut-over"));
  }

  private static DatasetSpec current(TestLake lake) {
    return lake.specs().dataset("events").orElseThrow().spec();
  }

  private static RebuildRequest rebuild() {
    return new RebuildRequest(
        "events",
        OptionalLong.empty(),
        Set.of(),
        OptionalLong.empty(),
        RebuildRequest.Action.REBUILD);
  }

  private void definePlain(TestLake lake) {
    lake.define(named(NameColumn.REQUIRED), WriteSpec.append(), null, null, null);
    lake.define(named(NameColumn.MAY_LACK), WriteSpec.append(), null, null, null);
  }

  private void definePast(TestLake lake) {
    lake.specs()
        .dataset(
            new DatasetSpec(
                "past",
                "events",
                null,
                new TargetSpec(pastTable(), null, null),
                named(NameColumn.MAY_LACK),
                new WriteSpec(
                    WriteMode.HISTORY,
                    List.of("id"),
                    List.of("at"),
                    Deletes.HARD,
                    Optional.empty()),
                null,
                null,
                null,
                null));
  }

  private String pastTable() {
    return folder.resolve("lake/past").toUri().toString();
  }

  private List<String> past(String sql) {
    TestSpark.get().read().format("delta").load(pastTable()).createOrReplaceTempView("past");
    return TestSpark.get().sql(sql).collectAsList().stream().map(Object::toString).toList();
  }

  private static TestArchive.Message named(String id, int at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"name\":\"n\"}".formatted(id, at));
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

  /** Writes what has seen every kind of plan into the given folder: run it by hand. */
  @Test
  @EnabledIfSystemProperty(named = "tributary.fixture.write-all-kinds", matches = ".+")
  void writeTheFixtureOfAllKinds() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(named(NameColumn.REQUIRED), WriteSpec.append(), null, null, null);
    lake.archive()
        .put(List.of(named(ANN, 1), named("bob", 1), message("bob", "{\"id\":\"bob\",\"at\":2}")));
    lake.run();
    lake.archive().put(List.of(named("eve", 1), message("eve", "{"), named(ANN, 3)));
    lake.run();
    lake.define(named(NameColumn.MAY_LACK), WriteSpec.append(), null, null, null);
    lake.run();
    lake.replay(
        new ReplayRequest(
            "events", List.of("missing-column"), List.of(), OptionalLong.empty(), Duration.ZERO));
    long held = lake.account().versions().table().orElseThrow();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset = 3");
    lake.backfill(backfill(BackfillMode.FILL)).run(new StopSignal());
    lake.erase(
        new EraseRequest(
            List.of("events"),
            Optional.of(ANN),
            Optional.empty(),
            List.of(),
            false,
            Optional.of("request 17"),
            Optional.empty()));
    lake.archive().put(List.of(named("bob", 3)));
    lake.run();
    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(held);
    lake.run();
    definePast(lake);
    lake.run("past");
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(() -> lake.backfill(backfill(BackfillMode.REPLACE)).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    ReleaseFixture.keep(folder, System.getProperty("tributary.fixture.write-all-kinds"));
  }

  /** Writes what a release leaves behind into the given folder: run it by hand, once a format. */
  @Test
  @EnabledIfSystemProperty(named = "tributary.fixture.write", matches = ".+")
  void writeTheFixture() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(columns(), UPSERT, null, null, null);
    lake.archive()
        .put(
            List.of(
                message("1", "{\"id\":1,\"n\":1}"),
                message("2", "{\"id\":2,\"n\":1}"),
                message("1", "{\"id\":1,\"n\":2}"),
                message("3", "{\"id\":3,\"n\":1}"),
                message("4", "{\"id\":4,")));
    lake.run();
    lake.archive().put(List.of(message("2", "{\"id\":2,\"n\":3,\"gone\":true}")));
    lake.run();
    lake.define(columns("channel"), UPSERT, null, null, null);
    lake.archive()
        .put(List.of(message("4", "{\"id\":4,\"n\":4,\"channel\":\"shop\"}"), message("5", "{")));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    ReleaseFixture.keep(folder, System.getProperty("tributary.fixture.write"));
  }
}
