package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Four processes work on one upsert table at once while records arrive: the live driver, backfills
 * of the same keys, compactions, and changes of the columns; each of them is killed with -9 at
 * random moments. In the end the table is row by row what a program in Python has computed of the
 * raw archive, and the accounts of all commits add up. The system property {@code
 * tributary.test.hands} says for how many seconds; the seed of the moments is printed, {@code
 * tributary.test.seed} sets it.
 */
@Tag("delivery")
class ManyHandsIT {
  private static final Duration TIME =
      Duration.ofSeconds(Integer.getInteger("tributary.test.hands", 90));
  private static final long SEED = Long.getLong("tributary.test.seed", System.nanoTime());
  private static final int FIELDS = 8;

  private final AtomicInteger fields = new AtomicInteger();
  private final AtomicInteger backfills = new AtomicInteger();

  @Test
  void theTableIsAsAModelOfTheArchiveWhateverWorkedOnItAndDied() throws Exception {
    assumeFalse(
        PythonArchive.leftOut(),
        "The model of the table is a program in Python, which is left out.");
    System.out.println("tributary.test.seed " + SEED);
    Random random = new Random(SEED);
    Pipeline pipeline = Pipeline.create("hands", 4).withUpsertTable();
    pipeline.register(
        pipeline.source(
            new BatchSpec(500L, null, null),
            new ArchiveSpec(pipeline.archive(), null, null, null)));
    pipeline.plansOf(1_000);
    produce(pipeline, 500);
    pipeline.catchUp();

    String table = pipeline.upsert();
    List<Hand> hands =
        List.of(
            new Hand("live", random.nextLong(), 0, () -> live(pipeline)),
            new Hand("backfill", random.nextLong(), 2, () -> backfill(pipeline)),
            new Hand(
                "maintain",
                random.nextLong(),
                2,
                () ->
                    pipeline.command(
                        "maintain", "--dataset", table, "--optimize", "--min-files", "2")),
            new Hand("ddl", random.nextLong(), 4, new Columns(pipeline, random.nextLong())));
    DriverRun first = pipeline.phase1("--trigger", "500ms");
    ScheduledExecutorService feeder = Executors.newSingleThreadScheduledExecutor();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      Future<?> feed =
          feeder.scheduleWithFixedDelay(() -> produce(pipeline, 15), 0, 250, TimeUnit.MILLISECONDS);
      List<Future<?>> working = new ArrayList<>();
      hands.forEach(hand -> working.add(threads.submit(hand)));
      for (Future<?> hand : working) {
        hand.get();
      }
      assertThat(feed.isDone()).as("the feeder has failed").isFalse();
    } finally {
      feeder.shutdown();
      feeder.awaitTermination(30, TimeUnit.SECONDS);
      threads.shutdownNow();
    }
    DriverRun.requireAlive(first);
    pipeline.awaitArchiveExact(first);
    first.kill();
    pipeline.phase2("--trigger", "available-now").expectExit(0);
    backfill(pipeline).expectExit(0);

    System.out.println(hands);
    assertThat(hands).allSatisfy(hand -> assertThat(hand.killed).as(hand.name).isPositive());
    pipeline.assertUpsertTableIsAsModeled();
    pipeline.assertArchiveExactToPython();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  private static DriverRun live(Pipeline pipeline) {
    return pipeline.phase2("--trigger", "500ms", "--checkpoint", pipeline.checkpoint());
  }

  /** Every key again. Each third name is a new one; what was killed goes on under its old one. */
  private DriverRun backfill(Pipeline pipeline) {
    return pipeline.backfill(
        pipeline.upsert(),
        "--mode",
        "fill",
        "--id",
        "again-" + backfills.getAndIncrement() / 3,
        "--chunk.records",
        "1500",
        "--chunk.pause",
        "300ms");
  }

  private void produce(Pipeline pipeline, int records) {
    pipeline.produce(records, value -> "{%s,%s".formatted(fields(), value.substring(1)));
  }

  /**
   * What columns are added for: f0, f2, … hold numbers and now and then none; f1, f3, … hold text.
   */
  private String fields() {
    int serial = fields.getAndIncrement();
    List<String> all = new ArrayList<>();
    for (int field = 0; field < FIELDS; field++) {
      if ((serial + field) % 5 == 0) {
        continue;
      }
      String value;
      if (field % 2 == 1) {
        value = "\"text %d\"".formatted(serial);
      } else if ((serial + 11 * field) % 89 == 0) {
        value = "\"no number\"";
      } else {
        value = Long.toString(serial % 7 == 0 ? serial + 3_000_000_000L : serial);
      }
      all.add("\"f%d\":%s".formatted(field, value));
    }
    return String.join(",", all);
  }

  /**
   * A process that is started again and again, and killed at random moments until the time is over.
   */
  private static final class Hand implements Runnable {
    private final String name;
    private final Random random;
    private final int spared;
    private final Supplier<DriverRun> start;
    private int killed;
    private int ended;

    /**
     * One that has not begun.
     *
     * @param spared how many of five runs may come to their end
     */
    Hand(String name, long seed, int spared, Supplier<DriverRun> start) {
      this.name = name;
      this.random = new Random(seed);
      this.spared = spared;
      this.start = start;
    }

    @Override
    public void run() {
      long end = System.nanoTime() + TIME.toNanos();
      try {
        while (System.nanoTime() < end) {
          Duration left = Duration.ofNanos(end - System.nanoTime());
          // One in four dies while it starts or recovers, the others while they work.
          int least = random.nextInt(4) == 0 ? 4_000 : 15_000;
          Duration moment = Duration.ofMillis(least + random.nextInt(30_000));
          boolean lives = random.nextInt(5) < spared;
          DriverRun run = start.get();
          if (run.endsWithin(lives || moment.compareTo(left) > 0 ? left : moment)) {
            ended++;
            run.expectExit(0);
          } else {
            run.kill();
            killed++;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public String toString() {
      return "%s: killed %d times, came to its end %d times".formatted(name, killed, ended);
    }
  }

  /** Changes one column after the other, by what the metastore says there is. */
  private static final class Columns implements Supplier<DriverRun> {
    private final Pipeline pipeline;
    private final Random random;

    Columns(Pipeline pipeline, long seed) {
      this.pipeline = pipeline;
      this.random = new Random(seed);
    }

    @Override
    public DriverRun get() {
      MetastoreAdmin metastore = DeliveryStack.shared().metastore();
      JsonNode newest = metastore.show("datasets/" + pipeline.upsert());
      long version = newest.path("version").asLong();
      List<JsonNode> own = new ArrayList<>();
      newest
          .path("spec")
          .path("columns")
          .forEach(
              column -> {
                if (column.path("name").asText().startsWith("f")) {
                  own.add(column);
                }
              });
      if (own.size() < 3 || (own.size() < 6 && random.nextInt(3) == 0)) {
        int field = random.nextInt(FIELDS);
        return change(
            "add-column",
            "f%d_%d".formatted(field, version),
            "--type",
            field % 2 == 0 ? "int" : "string",
            "--path",
            "f" + field);
      }
      JsonNode column = own.get(random.nextInt(own.size()));
      String name = column.path("name").asText();
      return switch (random.nextInt(4)) {
        case 0 -> change("drop-column", name);
        case 1 ->
            change("rename-column", name, "--to", "%s_%d".formatted(name.substring(0, 2), version));
        case 2 -> change("alter-comment", name, "--comment", "as of version " + version);
        default ->
            column.path("type").asText().equals("int")
                ? change("widen-column", name, "--type", "bigint")
                : change("alter-comment", name, "--comment", "text");
      };
    }

    private DriverRun change(String command, String column, String... flags) {
      List<String> all = new ArrayList<>(List.of(command, pipeline.upsert(), "--column", column));
      all.addAll(List.of(flags));
      return pipeline.command("dataset", all.toArray(String[]::new));
    }
  }
}
