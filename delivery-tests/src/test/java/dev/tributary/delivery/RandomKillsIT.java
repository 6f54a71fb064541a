package dev.tributary.delivery;

import static org.awaitility.Awaitility.await;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import dev.tributary.phase2.plan.PlanLog;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Both drivers run while records arrive, and one of them is killed with -9 at random moments. The
 * number of kills is the system property {@code tributary.test.kills}; the profile {@code soak}
 * sets it to 1,000. The seed of the moments is printed; {@code tributary.test.seed} sets it.
 */
@Tag("long")
class RandomKillsIT {
  private static final int KILLS = Integer.getInteger("tributary.test.kills", 30);
  private static final long SEED = Long.getLong("tributary.test.seed", System.nanoTime());

  @Test
  void killsAtRandomMomentsLoseNothingAndDoubleNothing() throws Exception {
    System.out.println("tributary.test.seed " + SEED);
    Random random = new Random(SEED);
    Pipeline pipeline = Pipeline.create("random_kills", 4).withAppendTable().withUpsertTable();
    // What waited while nobody worked comes in few batches.
    pipeline.register(
        pipeline.source(
            new BatchSpec(5_000L, null, null),
            new ArchiveSpec(pipeline.archive(), null, null, null)));
    pipeline.plansOf(5_000);
    ScheduledExecutorService feeder = Executors.newSingleThreadScheduledExecutor();
    try {
      ScheduledFuture<?> feed =
          feeder.scheduleWithFixedDelay(() -> pipeline.produce(20), 0, 250, TimeUnit.MILLISECONDS);
      ManifestLog archive = pipeline.log();
      PlanLog plans = pipeline.plans();
      Victim first =
          new Victim(
              () -> phase1(pipeline),
              () -> archive.head().map(ManifestEntry::sequence).orElse(-1L));
      Victim second = new Victim(() -> phase2(pipeline), () -> plans.head().orElse(-1));
      for (int kill = 0; kill < KILLS; kill++) {
        Victim victim = random.nextBoolean() ? first : second;
        // One in four dies while it starts or recovers, the others while they work.
        if (random.nextInt(4) > 0) {
          victim.awaitProgress();
        }
        Duration moment = Duration.ofMillis(random.nextInt(3_000));
        await().pollDelay(moment).atMost(moment.plusSeconds(5)).until(() -> !feed.isDone());
        victim.killAndStartAgain();
      }
      first.kill();
      second.kill();
    } finally {
      feeder.shutdown();
      feeder.awaitTermination(30, TimeUnit.SECONDS);
    }
    pipeline.catchUp();
    pipeline.assertArchiveExact();
    pipeline.assertArchiveExactToPython();
    pipeline.assertTablesExact();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  /** A driver that is killed again and again. */
  private static final class Victim {
    private final Supplier<DriverRun> start;
    private final LongSupplier progress;
    private DriverRun run;
    private long before;

    /**
     * Starts it.
     *
     * @param progress grows with all that it commits
     */
    Victim(Supplier<DriverRun> start, LongSupplier progress) {
      this.start = start;
      this.progress = progress;
      begin();
    }

    private void begin() {
      before = progress.getAsLong();
      run = start.get();
    }

    /** Waits until it has committed something since its start. */
    void awaitProgress() {
      await("progress of a driver")
          .atMost(Duration.ofSeconds(360))
          .pollInterval(Duration.ofMillis(100))
          .until(
              () -> {
                DriverRun.requireAlive(run);
                return progress.getAsLong() > before;
              });
    }

    void kill() {
      run.kill();
    }

    void killAndStartAgain() {
      kill();
      begin();
    }
  }

  private static DriverRun phase1(Pipeline pipeline) {
    return pipeline.phase1("--trigger", "500ms", "--checkpoint", pipeline.checkpoint());
  }

  private static DriverRun phase2(Pipeline pipeline) {
    return pipeline.phase2("--trigger", "500ms", "--checkpoint", pipeline.checkpoint());
  }
}
