package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.core.settings.Settings;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.Pipelines;
import dev.tributary.streaming.RetryPolicy;
import dev.tributary.streaming.RunLimits;
import dev.tributary.streaming.RunLoop;
import dev.tributary.streaming.RunOutcome;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dataset's group says which driver carries it. */
final class GroupMoveIT {
  @TempDir Path folder;

  @Test
  void aDatasetMovesToAnotherDriverWhileRecordsComeAndNoneIsLostOrThereTwice() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.specs().dataset(dataset(lake, "events", "one", SpecState.ACTIVE));
    // A driver of a group that nobody has is refused as a slip of the pen.
    lake.specs().dataset(dataset(lake, "waiting", "two", SpecState.PAUSED));
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      RunLoop one = driver(lake, "one");
      RunLoop two = driver(lake, "two");
      Future<RunOutcome> first = threads.submit(one::run);
      Future<RunOutcome> second = threads.submit(two::run);
      putAndAwait(lake, 3);
      lake.specs().dataset(dataset(lake, "events", "two", SpecState.ACTIVE));
      putAndAwait(lake, 6);
      lake.specs().dataset(dataset(lake, "events", "one", SpecState.ACTIVE));
      putAndAwait(lake, 9);
      one.stop();
      two.stop();
      assertThat(first.get().error()).isEmpty();
      assertThat(second.get().error()).isEmpty();
    } finally {
      threads.shutdownNow();
    }
    assertThat(lake.query("select count(*), count(distinct _offset), max(_offset) from t"))
        .containsExactly("[18,18,17]");
    assertThat(lake.account().totals().get("events").inserted()).isEqualTo(18);
    assertThat(runs(lake.log())).containsExactly("one.events", "two.events");
  }

  @Test
  void aDatasetThatIsPausedAndResumedBetweenTwoLooksRoundGoesOnInItsDriver() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.specs().dataset(dataset(lake, "events", "one", SpecState.ACTIVE));
    ExecutorService threads = Executors.newFixedThreadPool(1);
    try {
      // It looks round once, at its start.
      RunLoop driver = driver(lake, "one", Duration.ofHours(1));
      Future<RunOutcome> run = threads.submit(driver::run);
      putAndAwait(lake, 3);
      lake.specs().dataset(dataset(lake, "events", "one", SpecState.PAUSED));
      for (int put = 0; put < 3; put++) {
        lake.archive().put(List.of(TestArchive.message("a", "{\"id\":1}")));
      }
      await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(60))
          .until(() -> !run.isDone() && lake.account().position("events", "events") == 4);
      lake.specs().dataset(dataset(lake, "events", "one", SpecState.ACTIVE));
      await()
          .atMost(Duration.ofSeconds(300))
          .until(() -> lake.account().position("events", "events") == 7);
      driver.stop();
      assertThat(run.get().error()).isEmpty();
    } finally {
      threads.shutdownNow();
    }
  }

  /** Puts entries of two records until the archive has so many, and waits for the table. */
  private static void putAndAwait(TestLake lake, int entries) throws Exception {
    for (long put = 0; put < 3; put++) {
      lake.archive()
          .put(
              List.of(
                  TestArchive.message("a", "{\"id\":1}"), TestArchive.message("b", "{\"id\":2}")));
    }
    await()
        .atMost(Duration.ofSeconds(300))
        .until(
            () ->
                lake.log()
                    .latestAccount()
                    .filter(account -> account.position("events", "events") == entries + 1)
                    .isPresent());
  }

  private static Set<String> runs(PlanLog log) {
    Set<String> runs = new TreeSet<>();
    for (long n = 0; n <= log.head().orElseThrow(); n++) {
      log.plan(n).map(Plan::run).ifPresent(runs::add);
    }
    return runs;
  }

  private static DatasetSpec dataset(TestLake lake, String name, String group, SpecState state) {
    return new DatasetSpec(
        name,
        "events",
        group,
        new TargetSpec(lake.table().replaceAll("events$", name), null, null),
        List.of(ColumnSpec.of("id", "bigint")),
        WriteSpec.append(),
        null,
        null,
        null,
        state);
  }

  private static RunLoop driver(TestLake lake, String group) {
    return driver(lake, group, Duration.ofMillis(200));
  }

  private static RunLoop driver(TestLake lake, String group, Duration looks) {
    Settings settings =
        Phase2Settings.PROGRAM.resolve(
            List.of(
                "--group", group, "--trigger", "100ms", "--metastore.url", "http://127.0.0.1:1"),
            Map.of(),
            Path.of("target"));
    Driver.Context context =
        new Driver.Context(settings, TestSpark.get(), new Pipelines(), group, Clock.systemUTC());
    return new RunLoop(
        new DatasetUnits(context, lake.specs()),
        new RetryPolicy(3, Duration.ofMillis(50), Duration.ofSeconds(1)),
        new RunLimits(Duration.ZERO, Duration.ofSeconds(30), looks));
  }
}
