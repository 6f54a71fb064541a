package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.MaintenanceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanCounts;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deletes of an upsert that are remembered for a day. */
final class ForgottenDeletesIT {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir Path folder;
  private final Instant now = Instant.now();

  @Test
  void whatIsNotNewerThanAllForgottenDeletesIsInsertedNoMore() throws Exception {
    TestLake lake = lake();
    forgetting(lake);
    assertForgotten(lake);

    put(
        lake,
        Duration.ofMinutes(1),
        row("a", 1),
        row("new", 1),
        row("newer", 4),
        row("b", 7),
        row("p", 1));
    lake.run();
    assertThat(lake.query("select id, at from t order by id"))
        .as("of keys that are not there, what may have been deleted is late; p is there")
        .containsExactly("[b,7]", "[newer,4]", "[p,1]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(5, 2, 1, 0, 0, 0, 0, 2, 0));
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(lake.log().plan(1).orElseThrow().format())
        .as("a release that knows of nothing forgotten stops at it")
        .isEqualTo(Plan.SECOND_FORMAT);
  }

  @Test
  @Tag("long")
  void aRunThatDiesWhileItForgetsIsFinishedByTheNext() throws Exception {
    TestLake lake = lake();
    TestSpark.failAt("phase2.forgotten-kept");
    assertThatThrownBy(() -> forgetting(lake)).isInstanceOf(UncheckedIOException.class);
    lake.run();
    assertForgotten(lake);
  }

  @Test
  @Tag("long")
  void aTableIsNotRestoredToWhereForgottenDeletesWereKnown() throws Exception {
    TestLake lake = lake();
    forgetting(lake);
    SparkSession.setActiveSession(TestSpark.get());
    DeltaTable.forPath(TestSpark.get(), lake.table())
        .restoreToVersion(lake.log().account(1).orElseThrow().versions().table().orElseThrow());
    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.TABLE_RESTORED))
        .hasMessageContaining("plan 3 has forgotten deletes that plans after plan 1 have to know");
  }

  private TestLake lake() {
    TestLake lake = new TestLake(folder);
    register(lake);
    return lake;
  }

  /** Three plans; the last one forgets. */
  private void forgetting(TestLake lake) throws Exception {
    put(lake, Duration.ofDays(10), row("a", 1), row("b", 1), row("c", 1), row("p", 1));
    put(lake, Duration.ofDays(9), gone("a", 2), tombstone("b"), gone("far", 9_999));
    put(lake, Duration.ofHours(1), gone("c", 5));
    lake.run();
  }

  private void assertForgotten(TestLake lake) {
    TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().tombstones().toString())
        .createOrReplaceTempView("d");
    assertThat(
            TestSpark.get()
                .sql("select id, _order.at, _tombstone, _plan from d order by id, _tombstone")
                .collectAsList()
                .stream()
                .map(Row::toString)
                .toList())
        .as("the greatest of what is forgotten, and what is above every later delete")
        .containsExactly(
            "[null,2,false,-4]", "[null,1,true,-4]", "[c,5,false,3]", "[far,9999,false,2]");
  }

  private void put(TestLake lake, Duration ago, TestArchive.Message... messages) throws Exception {
    lake.archive().put(now.minus(ago).toEpochMilli(), List.of(messages));
  }

  private static TestArchive.Message row(String id, int at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d}".formatted(id, at));
  }

  private static TestArchive.Message gone(String id, int at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"gone\":true}".formatted(id, at));
  }

  private static void register(TestLake lake) {
    lake.specs()
        .dataset(
            new DatasetSpec(
                    "events",
                    "events",
                    null,
                    new TargetSpec(lake.table(), null, null),
                    List.of(
                        ColumnSpec.of("id", "string"),
                        ColumnSpec.of("at", "int"),
                        ColumnSpec.of("gone", "boolean")),
                    new WriteSpec(
                        WriteMode.UPSERT,
                        List.of("id"),
                        List.of("at"),
                        Deletes.HARD,
                        Optional.of("gone")),
                    null,
                    null,
                    1L,
                    null)
                .withMaintenance(
                    new MaintenanceSpec(
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        Optional.empty(),
                        null,
                        Optional.of(DAY.toMillis()))));
  }
}
