package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.EventTimeSpec;
import dev.tributary.core.spec.MaintenanceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.rebuild.RebuildRequest;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * An archive and two tables with late tables, whose plan logs have format 2, as a release left
 * them: one upsert table has forgotten deletes and a live plan in the middle, the other one is cut
 * over from an append table, and its late table has not followed yet. Every later release reads
 * them, finishes both plans and goes on.
 */
final class SecondFormatFixtureIT {
  private static final Duration DAY = Duration.ofDays(1);

  private static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("n", "int"),
          ColumnSpec.of("at", "timestamp"),
          ColumnSpec.of("gone", "boolean"));

  private static final WriteSpec NEWEST =
      new WriteSpec(
          WriteMode.UPSERT, List.of("id"), List.of("n"), Deletes.HARD, Optional.of("gone"));

  private static final ChecksSpec A_WEEK =
      new ChecksSpec(
          List.of(),
          Optional.empty(),
          Optional.of(
              new EventTimeSpec(
                  "at",
                  Optional.of(Duration.ofDays(7).toMillis()),
                  CheckPolicy.TABLE,
                  null,
                  null)));

  private static final MaintenanceSpec FORGETFUL =
      new MaintenanceSpec(
          null, null, null, null, null, null, Optional.empty(), null, Optional.of(DAY.toMillis()));

  @TempDir Path folder;

  @Test
  void aLogOfFormatTwoIsReadItsUnfinishedPlanIsFinishedAndTheNextHeedsWhatIsForgotten()
      throws Exception {
    ReleaseFixture.restore("plan-log-format-2", folder);
    TestLake lake = new TestLake(folder);
    lake.specs().dataset(forgetting("events"));
    PlanLog log = lake.log();
    assertThat(LongStream.rangeClosed(0, 4).mapToInt(plan -> log.plan(plan).orElseThrow().format()))
        .containsOnly(Plan.SECOND_FORMAT);
    assertThat(LongStream.rangeClosed(1, 3).mapToObj(plan -> log.account(plan).get().counts()))
        .containsExactly(
            new PlanCounts(6, 4, 0, 0, 0, 1, 0, 0, 0).routing(1),
            new PlanCounts(3, 0, 0, 2, 0, 0, 0, 0, 1),
            new PlanCounts(3, 1, 0, 1, 0, 0, 0, 0, 0).routing(1));
    assertThat(log.account(4)).as("the late row is written, and the run died").isEmpty();
    assertThat(lake.query("select id, n from t order by id")).containsExactly("[d,1]", "[p,1]");
    assertThat(late("events")).containsExactly("[l1,1]", "[l2,3]", "[l3,4]");
    putNext(lake);

    lake.run();

    assertThat(lake.query("select id, n from t order by id"))
        .as("what may have been deleted is late: a and b, whose deletes are forgotten, and c")
        .containsExactly("[e,3]", "[f,3]", "[p,4]");
    assertThat(late("events")).containsExactly("[l1,1]", "[l2,3]", "[l3,4]", "[l4,5]");
    assertThat(lake.query("select _offset, _code, _plan from q order by _offset, _plan"))
        .containsExactly("[5,not-json,1]", "[16,not-json,4]");
    assertThat(log.account(4).orElseThrow().counts())
        .isEqualTo(new PlanCounts(5, 1, 1, 0, 0, 1, 0, 1, 0).routing(1));
    PlanAccount account = lake.account();
    assertThat(account.plan()).isEqualTo(5);
    assertThat(account.counts()).isEqualTo(new PlanCounts(5, 1, 0, 1, 0, 0, 0, 2, 0).routing(1));
    assertThat(account.totals().get("events"))
        .isEqualTo(new PlanCounts(22, 7, 1, 4, 0, 2, 0, 3, 1).routing(4));
    assertThat(account.eventTimes()).isEqualTo(log.account(3).orElseThrow().eventTimes());
    assertThat(account.unbalanced()).isEmpty();
  }

  @Test
  void aCutOverWhoseLateTableHasNotFollowedIsFinishedAndTheNextPlanGoesOn() throws Exception {
    ReleaseFixture.restore("plan-log-format-2", folder);
    TestLake lake = new TestLake(folder);
    lake.specs().dataset(appending("moved"));
    lake.specs().dataset(forgetting("moved"));
    PlanLog log = PlanLog.open(table("moved"), new Configuration());
    assertThat(LongStream.rangeClosed(0, 2).mapToObj(plan -> log.plan(plan).orElseThrow().kind()))
        .containsExactly(PlanKind.DDL, PlanKind.LIVE, PlanKind.CUTOVER);
    assertThat(log.plan(2).orElseThrow().format()).isEqualTo(Plan.SECOND_FORMAT);
    assertThat(log.account(1).orElseThrow().counts())
        .isEqualTo(new PlanCounts(17, 11, 0, 0, 0, 3, 0, 0, 0).routing(3));
    assertThat(log.account(2)).as("the table was cut over, and the run died").isEmpty();
    assertThat(rows(table("moved"), "select id, n from r order by id"))
        .containsExactly("[d,1]", "[e,3]", "[p,4]");
    assertThat(late("moved")).containsExactly("[l1,1]", "[l2,1]", "[l3,1]");
    putNext(lake);

    lake.run("moved");

    PlanAccount cutOver = log.account(2).orElseThrow();
    assertThat(cutOver.replaced()).contains(new Replaced(11, 3, 3));
    assertThat(cutOver.cutovers()).containsEntry("moved", 2L);
    assertThat(rows(table("moved"), "select id, n from r order by id"))
        .as("a table that is made anew knows every delete again")
        .containsExactly("[b,1]", "[e,3]", "[f,3]", "[p,4]");
    assertThat(late("moved")).containsExactly("[l1,2]", "[l2,2]", "[l3,2]", "[l4,3]");
    PlanAccount account = log.latestAccount().orElseThrow();
    assertThat(account.plan()).isEqualTo(3);
    assertThat(account.counts()).isEqualTo(new PlanCounts(5, 2, 0, 1, 0, 0, 0, 1, 0).routing(1));
    assertThat(account.totals().get("moved").read()).isEqualTo(22);
    assertThat(account.totals().get("moved").quarantined()).isEqualTo(2);
    assertThat(account.totals().get("moved").balanced()).isTrue();
    assertThat(account.inForce()).containsEntry("moved", 2L);
    assertThat(account.unbalanced()).isEmpty();
    JsonNode done = lake.rebuild(rebuild(OptionalLong.of(2)));
    assertThat(done.at("/outcome").asText()).isEqualTo("CUT_OVER");
    assertThat(folder.resolve("lake/moved/_plans/rebuilt-2")).doesNotExist();
  }

  /** Writes both tables into the given folder: run it by hand, once a format. */
  @Test
  @EnabledIfSystemProperty(named = "tributary.fixture.write-second", matches = ".+")
  void writeTheFixture() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.specs().dataset(forgetting("events"));
    Instant now = Instant.now();
    Instant first = now.minus(DAY.multipliedBy(10));
    lake.archive()
        .put(
            first.toEpochMilli(),
            List.of(
                row("a", 1, first),
                row("b", 1, first),
                row("c", 1, first),
                row("p", 1, first),
                row("l1", 1, tooLateFor(first)),
                message("x", "{")));
    lake.archive()
        .put(
            now.minus(DAY.multipliedBy(9)).toEpochMilli(),
            List.of(gone("a", 2), tombstone("b"), gone("far", 9_999)));
    Instant third = now.minus(Duration.ofHours(1));
    lake.archive()
        .put(
            third.toEpochMilli(),
            List.of(gone("c", 5), row("d", 1, third), row("l2", 1, tooLateFor(third))));
    lake.run();
    lake.archive()
        .put(
            third.toEpochMilli() + 1_000,
            List.of(
                row("e", 3, third),
                row("a", 1, third),
                row("p", 4, third),
                row("l3", 1, tooLateFor(third)),
                message("x", "{")));
    TestSpark.failAt("phase2.after-late");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.specs().dataset(appending("moved"));
    lake.run("moved");
    lake.specs().awaiting(forgetting("moved"));
    TestSpark.failAt("phase2.tombstones-cut-over");
    assertThatThrownBy(() -> lake.rebuild(rebuild(OptionalLong.empty())))
        .isInstanceOf(UncheckedIOException.class);
    ReleaseFixture.keep(folder, System.getProperty("tributary.fixture.write-second"));
  }

  /** What no clock decides: rows by the event time that both tables have seen. */
  private void putNext(TestLake lake) throws Exception {
    Instant seen =
        Instant.ofEpochMilli(
            lake.log().account(3).orElseThrow().eventTimes().get("events").longValue());
    lake.archive()
        .put(
            List.of(
                row("b", 1, seen),
                row("c", 4, seen),
                row("f", 3, seen),
                row("l4", 1, tooLateFor(seen)),
                tombstone("d")));
  }

  private static Instant tooLateFor(Instant ingested) {
    return ingested.minus(DAY.multipliedBy(60));
  }

  private static TestArchive.Message row(String id, int n, Instant at) {
    return message(id, "{\"id\":\"%s\",\"n\":%d,\"at\":\"%s\"}".formatted(id, n, at));
  }

  private static TestArchive.Message gone(String id, int n) {
    return message(id, "{\"id\":\"%s\",\"n\":%d,\"gone\":true}".formatted(id, n));
  }

  private DatasetSpec forgetting(String name) {
    return appending(name).withWrite(NEWEST).withMaintenance(FORGETFUL);
  }

  private DatasetSpec appending(String name) {
    return new DatasetSpec(
            name,
            "events",
            null,
            new TargetSpec(table(name), null, null),
            COLUMNS,
            WriteSpec.append(),
            null,
            null,
            name.equals("events") ? 1L : null,
            null)
        .withChecks(A_WEEK);
  }

  private static RebuildRequest rebuild(OptionalLong version) {
    return new RebuildRequest(
        "moved", version, Set.of(), OptionalLong.empty(), RebuildRequest.Action.REBUILD);
  }

  private String table(String dataset) {
    return folder.resolve("lake").resolve(dataset).toUri().toString();
  }

  private List<String> late(String dataset) {
    return rows(
        folder.resolve("lake/_late").resolve(dataset).resolve(dataset).toUri().toString(),
        "select id, _plan from r order by id");
  }

  private static List<String> rows(String table, String sql) {
    TestSpark.get().read().format("delta").load(table).createOrReplaceTempView("r");
    return TestSpark.get().sql(sql).collectAsList().stream().map(Row::toString).toList();
  }
}
