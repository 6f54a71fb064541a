package dev.tributary.delivery;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Both drivers run while records arrive, and one of them is killed with -9 at random moments. The
 * number of kills is the system property {@code tributary.test.kills}; the profile {@code soak}
 * sets it to 1,000.
 */
@Tag("long")
class RandomKillsIT {
  private static final int KILLS = Integer.getInteger("tributary.test.kills", 30);
  private static final long SEED = Long.getLong("tributary.test.seed", System.nanoTime());

  @Test
  void killsAtRandomMomentsLoseNothingAndDoubleNothing() throws Exception {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    Pipeline pipeline = Pipeline.create("random_kills", 4);
    ScheduledExecutorService feeder = Executors.newSingleThreadScheduledExecutor();
    try {
      feeder.scheduleWithFixedDelay(() -> pipeline.produce(40), 0, 300, TimeUnit.MILLISECONDS);
      DriverRun first = pipeline.phase1("--trigger", "500ms");
      DriverRun second = pipeline.phase2("--trigger", "500ms");
      for (int kill = 0; kill < KILLS; kill++) {
        // From the first moments of a start to well into its batches.
        long moment = 1_000 + random.nextInt(11_000);
        await()
            .pollDelay(Duration.ofMillis(moment))
            .atMost(Duration.ofMillis(moment + 5_000))
            .until(() -> true);
        if (random.nextBoolean()) {
          first.kill();
          first = pipeline.phase1("--trigger", "500ms");
        } else {
          second.kill();
          second = pipeline.phase2("--trigger", "500ms");
        }
      }
      first.kill();
      second.kill();
    } finally {
      feeder.shutdown();
      feeder.awaitTermination(30, TimeUnit.SECONDS);
    }
    pipeline.catchUp();
    pipeline.assertArchiveExact();
    pipeline.assertTableExact();
  }
}
