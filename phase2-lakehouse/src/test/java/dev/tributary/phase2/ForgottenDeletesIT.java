package dev.tributary.phase2;

import static dev.tributary.phase2.ForgetfulDataset.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deletes of an upsert that are remembered for a day. */
final class ForgottenDeletesIT {
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
  void aDryRunHeedsWhatIsForgottenAsTheBackfillDoes() throws Exception {
    TestLake lake = lake();
    forgetting(lake);
    BackfillRequest request =
        new BackfillRequest(
            "events",
            BackfillMode.FILL,
            Selection.ALL,
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalLong.of(1_000),
            Duration.ZERO);

    JsonNode tried = lake.dryRun(request);
    lake.backfill(request).run(new StopSignal());

    assertThat(lake.query("select id, at from t")).containsExactly("[p,1]");
    assertThat(lake.account().counts().late()).isPositive();
    assertThat(Json.mapper().treeToValue(tried.at("/counts"), PlanCounts.class))
        .isEqualTo(lake.account().counts());
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
    ForgetfulDataset.register(lake);
    return lake;
  }

  private void forgetting(TestLake lake) throws Exception {
    ForgetfulDataset.forgetting(lake, now);
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
    ForgetfulDataset.put(lake, now.minus(ago), messages);
  }
}
