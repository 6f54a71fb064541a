package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Four processes work on one upsert table at once while records arrive: the live driver, backfills
 * of the same keys, compactions, and changes of the columns; each of them is killed with -9 at
 * random moments. In the end the table is row by row what a program in Python has computed of the
 * raw archive, and the accounts of all commits add up. The system property {@code
 * tributary.test.hands} says for how many seconds, and they go on until the live driver and a
 * compaction have committed; the seed of the moments is printed, {@code tributary.test.seed} sets
 * it.
 */
@Tag("delivery")
class ManyHandsIT {
  private static final Duration TIME =
      Duration.ofSeconds(Integer.getInteger("tributary.test.hands", 90));
  private static final long SEED = Long.getLong("tributary.test.seed", System.nanoTime());
  private static final int FIELDS = 8;

  /** How much longer the hands work at most, on a machine where a commit takes that long. */
  private static final Duration LONGER = Duration.ofMinutes(10);

  /** What a run of phase 2 takes from its start to its end where the moments are as they are. */
  private static final Duration BRISK = Duration.ofSeconds(15);

  private static final int FIRST = 500;

  /** After so many records others of the table's partitions are written to. */
  private static final int OF_A_PARTITION = 1_000;

  /** After so many records keys do not come again. */
  private static final int OF_A_KEY = 200;

  /** Of so many records one has a key of its own, in a partition that gets a file of each batch. */
  private static final int ALONE = 4;

  private static final int PARTITIONS = 12;
  private static final String COMPACTION = "OPTIMIZE";

  private final AtomicInteger serials = new AtomicInteger();
  private final AtomicInteger backfills = new AtomicInteger();

  @Test
  void theTableIsAsAModelOfTheArchiveWhateverWorkedOnItAndDied() throws Exception {
    assumeFalse(
        PythonArchive.leftOut(),
        "The model of the table is a program in Python, which is left out.");
    System.out.println("tributary.test.seed " + SEED);
    Random random = new Random(SEED);
    Pipeline pipeline = Pipeline.create("hands", 4).withUpsertTableBy("part");
    batchesOf(pipeline, 100, 100);
    produce(pipeline, FIRST);
    long begun = System.nanoTime();
    pipeline.catchUp();
    double pace = Math.max(1.0, (System.nanoTime() - begun) / (2.0 * BRISK.toNanos()));
    batchesOf(pipeline, 500, 1_000);

    String table = pipeline.upsert();
    BooleanSupplier over = new Over(pipeline);
    List<Hand> hands =
        List.of(
            new Hand("live", random.nextLong(), 0, pace, over, () -> live(pipeline)),
            new Hand("backfill", random.nextLong(), 2, pace, over, () -> backfill(pipeline))
                .orEnds(this::overtaken),
            new Hand(
                "maintain",
                random.nextLong(),
                3,
                pace,
                over,
                () ->
                    pipeline.command(
                        "maintain", "--dataset", table, "--optimize", "--min-files", "2")),
            new Hand(
                "ddl", random.nextLong(), 4, pace, over, new Columns(pipeline, random.nextLong())));
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
    long compactions = pipeline.commitsOfUpsertTable(COMPACTION);
    long read = pipeline.readByUpsertTable();
    System.out.printf(
        "%s, %d compactions of the table, %d records read%n", hands, compactions, read);
    DriverRun.requireAlive(first);
    pipeline.awaitArchiveExact(first);
    first.kill();
    pipeline.phase2("--trigger", "available-now").expectExit(0);
    anotherBackfill();
    backfill(pipeline).expectExit(0);

    assertThat(compactions).as("commits of compactions while the others worked").isPositive();
    assertThat(read).as("what the live driver had read by then").isGreaterThan(FIRST);
    assertThat(hands).allSatisfy(hand -> assertThat(hand.killed).as(hand.name).isPositive());
    pipeline.assertUpsertTableIsAsModeled();
    pipeline.assertArchiveExactToPython();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  private static void batchesOf(Pipeline pipeline, long records, long ofPlans) {
    pipeline.register(
        pipeline.source(
            new BatchSpec(records, null, null),
            new ArchiveSpec(pipeline.archive(), null, null, null)));
    pipeline.plansOf(ofPlans);
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

  /** The next one has a new name. */
  private void anotherBackfill() {
    backfills.updateAndGet(begun -> (begun + 2) / 3 * 3);
  }

  /**
   * Whether one had to give up, since a column was dropped, renamed or widened meanwhile of the
   * version that it was begun with.
   */
  private boolean overtaken(DriverRun run) {
    boolean overtaken =
        run.awaitExit() == 2
            && (run.log().contains("tributary-backfill: schema-refused: ")
                || run.log().contains("tributary-backfill: change-refused: "));
    if (overtaken) {
      anotherBackfill();
    }
    return overtaken;
  }

  private void produce(Pipeline pipeline, int records) {
    pipeline.produce(records, this::form);
  }

  /** With a partition that is written to for a while and then rests, and keys of that while. */
  private String form(String value) {
    int serial = serials.getAndIncrement();
    boolean alone = serial % ALONE == 0;
    String key = "\"id\":\"%d-".formatted(alone ? serial : serial / OF_A_KEY);
    return "{%s,\"part\":%d,%s"
        .formatted(
            fields(serial),
            alone ? PARTITIONS : serial / OF_A_PARTITION % PARTITIONS,
            value.substring(1).replace("\"id\":\"", key));
  }

  /**
   * What columns are added for: f0, f2, … hold numbers and now and then none; f1, f3, … hold text.
   */
  private static String fields(int serial) {
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
   * Whether the hands have done enough: their time is over, and the live driver and a compaction
   * have committed.
   */
  private static final class Over implements BooleanSupplier {
    private final long end = System.nanoTime() + TIME.toNanos();
    private final Pipeline pipeline;

    Over(Pipeline pipeline) {
      this.pipeline = pipeline;
    }

    @Override
    public boolean getAsBoolean() {
      long since = System.nanoTime() - end;
      return since > LONGER.toNanos()
          || (since > 0
              && pipeline.commitsOfUpsertTable(COMPACTION) > 0
              && pipeline.readByUpsertTable() > FIRST);
    }
  }

  /** A process that is started again and again, and killed at random moments, until all is over. */
  private static final class Hand implements Runnable {
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final String name;
    private final Random random;
    private final int spared;
    private final double pace;
    private final BooleanSupplier over;
    private final Supplier<DriverRun> start;
    private Predicate<DriverRun> otherEnd = run -> false;
    private int killed;
    private int ended;

    /**
     * One that has not begun.
     *
     * @param spared how many of five runs may come to their end; if any, the first one
     * @param pace how much slower than brisk the machine is
     */
    Hand(
        String name,
        long seed,
        int spared,
        double pace,
        BooleanSupplier over,
        Supplier<DriverRun> start) {
      this.name = name;
      this.random = new Random(seed);
      this.spared = spared;
      this.pace = pace;
      this.over = over;
      this.start = start;
    }

    /** Takes another end than that with exit code 0 for one too. */
    Hand orEnds(Predicate<DriverRun> other) {
      otherEnd = other;
      return this;
    }

    @Override
    public void run() {
      try {
        while (!over.getAsBoolean()) {
          // One in four dies while it starts or recovers, the others while they work.
          int least = random.nextInt(4) == 0 ? 4_000 : 15_000;
          Duration moment = Duration.ofMillis((long) (pace * (least + random.nextInt(30_000))));
          boolean lives = random.nextInt(5) < spared || (spared > 0 && killed + ended == 0);
          DriverRun run = start.get();
          if (endsBefore(run, lives ? ChronoUnit.FOREVER.getDuration() : moment)) {
            ended++;
            if (!otherEnd.test(run)) {
              run.expectExit(0);
            }
          } else {
            run.kill();
            killed++;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Whether a run comes to its end before the moment, and before all is over. */
    private boolean endsBefore(DriverRun run, Duration moment) throws InterruptedException {
      long begun = System.nanoTime();
      while (!over.getAsBoolean()) {
        Duration left = moment.minusNanos(System.nanoTime() - begun);
        if (left.isNegative()) {
          return false;
        }
        if (run.endsWithin(left.compareTo(LOOK) < 0 ? left : LOOK)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String toString() {
      return "%s: killed %d times, came to its end %d times".formatted(name, killed, ended);
    }
  }

  /** Changes one column after the other, by what the metastore says there is. */
  private static final class Columns implements Supplier<DriverRun> {
    private static final Duration MOST_REST = Duration.ofSeconds(30);

    private final Pipeline pipeline;
    private final Random random;

    Columns(Pipeline pipeline, long seed) {
      this.pipeline = pipeline;
      this.random = new Random(seed);
    }

    @Override
    public DriverRun get() {
      // A backfill whose columns are changed under it every few seconds would never write.
      LockSupport.parkNanos(random.nextLong(MOST_REST.toNanos()));
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
