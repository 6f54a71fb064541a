package dev.tributary.delivery;

import static dev.tributary.delivery.DriverRun.KILLED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.archive.ArchiveSweep;
import dev.tributary.archive.Author;
import dev.tributary.archive.EntryKind;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Drivers are stopped by SIGSTOP at the fault points; another commits a different range; they are
 * woken. One goes on, the others stop with a clear error, and every file still has its checksum.
 *
 * <p>How long they sleep is the system property {@code tributary.test.sleep}: some seconds, a
 * minute in the profile {@code delivery}.
 */
@Tag("delivery")
class ZombiesIT {
  private static final Duration SLEEP = Duration.ofSeconds(Long.getLong("tributary.test.sleep", 5));
  private static final String[] NOW = {"--trigger", "available-now"};

  @Test
  void wokenDriversOfPhase1DoNoHarm() {
    Pipeline pipeline = Pipeline.create("zombie_one", 3);
    // These have committed when they fall asleep.
    List<DriverRun> zombies = new ArrayList<>();
    for (String point :
        List.of("archive.after-manifest", "phase1.after-manifest-before-checkpoint")) {
      pipeline.produce(60);
      zombies.add(asleep(pipeline, point));
    }
    // And these have the same range in hand, the last one to commit it.
    pipeline.produce(180);
    Map<String, DriverRun> together =
        asleepTogether(
            pipeline,
            List.of(
                "phase1.before-offset-log",
                "phase1.after-offset-log",
                "archive.file.middle",
                "archive.before-manifest"),
            serial -> reading(pipeline, "together-" + serial));
    DriverRun committing = together.remove("archive.before-manifest");
    zombies.addAll(together.values());

    // Another driver commits a part of that range and dies: what they hold overlaps the archive.
    pipeline.register(
        pipeline.source(
            new BatchSpec(50L, null, null), new ArchiveSpec(pipeline.archive(), null, 10L, null)));
    pipeline.order("archive.after-manifest", "kill");
    pipeline.phase1(NOW).expectExit(KILLED);
    sleep();

    committing.resume();
    committing.expectExit(4);
    assertThat(committing.log()).contains("archive-conflict", pipeline.name());
    zombies.forEach(DriverRun::resume);
    zombies.forEach(zombie -> zombie.expectExitOrConflict("archive-conflict"));

    pipeline.produce(20);
    pipeline.phase1(NOW).expectExit(0);
    pipeline.assertArchiveExact();
    pipeline.assertEveryOrderWasMet();
    pipeline.assertArchiveExactToPython();
  }

  @Test
  void wokenDriversOfPhase2DoNoHarmToAnUpsertTable() {
    wokenDriversOfPhase2DoNoHarm(
        Pipeline.create("zombie_two", 3).withUpsertTable(),
        List.of(
            "phase2.before-tombstones",
            "phase2.after-tombstones",
            "phase2.after-quarantine",
            "phase2.after-table",
            "phase2.after-account"));
  }

  @Test
  void wokenDriversOfPhase2DoNoHarmToAnAppendTable() {
    wokenDriversOfPhase2DoNoHarm(
        Pipeline.create("zombie_append", 3).withAppendTable(),
        List.of(
            "phase2.before-tombstones",
            "phase2.after-quarantine",
            "phase2.after-table",
            "phase2.after-account"));
  }

  private static void wokenDriversOfPhase2DoNoHarm(Pipeline pipeline, List<String> points) {
    pipeline.catchUp();
    pipeline.produce(200);
    pipeline.phase1(NOW).expectExit(0);
    List<DriverRun> zombies = new ArrayList<>();
    pipeline.order("phase2.plan-put", "stop");
    zombies.add(pipeline.phase2(impatient(NOW)).awaitFault("phase2.plan-put"));
    // They finish the plan of the first one, all at once, each up to its own point.
    zombies.addAll(
        asleepTogether(pipeline, points, serial -> pipeline.phase2(impatient(NOW))).values());

    pipeline.produce(100);
    pipeline.phase1(NOW).expectExit(0);
    pipeline.phase2(impatient(NOW)).expectExit(0);
    sleep();
    zombies.forEach(DriverRun::resume);
    zombies.forEach(zombie -> zombie.expectExitOrConflict("plan-conflict"));
    assertThat(zombies).anySatisfy(zombie -> assertThat(zombie.log()).contains("plan-conflict"));

    pipeline.assertTablesExact();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  @Test
  void aWriterThatSleptThroughASweepIsRefusedAndWritesItsBatchAnew() {
    Pipeline pipeline = Pipeline.create("zombie_swept", 2);
    pipeline.produce(100);
    pipeline.phase1(NOW).expectExit(0);
    pipeline.produce(100);
    DriverRun writer = asleep(pipeline, "archive.before-manifest");

    ManifestLog log = pipeline.log();
    // Ages are told by the store in whole seconds.
    await()
        .atMost(Duration.ofSeconds(80))
        .until(
            () ->
                new ArchiveSweep(log)
                        .sweep(
                            Duration.ofMillis(1),
                            new Author("sweep", "test"),
                            System.currentTimeMillis())
                        .deleted()
                    > 0);
    writer.resume();
    writer.expectExit(0);

    assertThat(writer.log()).contains("archive-swept");
    pipeline.assertArchiveExact();
    ManifestEntry head = log.requireHead();
    assertThat(log.range(0, head.sequence()))
        .extracting(ManifestEntry::kind)
        .contains(EntryKind.SWEEP)
        .endsWith(EntryKind.DATA);
  }

  @Test
  void ofTwoDriversOfEachPhaseAtOnceOneGoesOn() {
    Pipeline pipeline = Pipeline.create("two_drivers", 3).withAppendTable();
    pipeline.produce(300);
    pipeline.catchUp();
    List<DriverRun> readers =
        List.of(pipeline.phase1("--trigger", "200ms"), pipeline.phase1("--trigger", "200ms"));
    List<DriverRun> writers =
        List.of(pipeline.phase2("--trigger", "200ms"), pipeline.phase2("--trigger", "200ms"));
    // Fed until the two writers of the tables have met.
    await("two drivers on one table")
        .atMost(Duration.ofSeconds(360))
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              pipeline.produce(30);
              return writers.stream().filter(DriverRun::alive).count() == 1;
            });
    DriverRun loser = writers.stream().filter(each -> !each.alive()).findFirst().orElseThrow();
    DriverRun winner = writers.stream().filter(DriverRun::alive).findFirst().orElseThrow();
    loser.expectExit(4);
    assertThat(loser.log()).contains("plan-conflict", "Another run");

    pipeline.awaitArchiveExact();
    // Whether their batches overlapped is chance; one that did not go on says that they did.
    List<DriverRun> reading = readers.stream().filter(DriverRun::alive).toList();
    readers.stream()
        .filter(reader -> !reading.contains(reader))
        .forEach(
            reader ->
                assertThat(reader.expectExit(4).log())
                    .contains("archive-conflict", "Let one driver alone archive this topic"));
    assertThat(reading).isNotEmpty();
    pipeline.awaitTablesExact(winner);
    reading.forEach(DriverRun::askToStop);
    reading.forEach(reader -> reader.expectExitOrConflict("archive-conflict"));
    assertThat(winner.terminate()).as(winner.log()).isZero();
    pipeline.assertArchiveExact();
    pipeline.assertTablesExact();
  }

  /**
   * Two drivers that both live, whose batches differ. One that lost the race for a sequence takes
   * the next one as long as its ranges continue the archive, leaving out what is held; one whose
   * range is held in part stops, and the other goes on.
   */
  @Test
  void ofTwoLiveDriversOfPhase1TheOneWhoseRangeIsHeldInPartStopsAndTheOtherGoesOn() {
    Pipeline pipeline = Pipeline.create("two_readers", 2);
    pipeline.produceTo(0, 30);
    DriverRun loser = live(pipeline, "archive.before-manifest");
    pipeline.produceTo(1, 30);
    DriverRun winner = live(pipeline, "archive.before-manifest");
    wake(loser, pipeline, "archive.after-manifest");
    assertThat(watermarks(pipeline)).containsExactly(30L, 0L);
    // What this one has of partition 0 is held; partition 1 goes on, and so does the driver.
    wake(winner, pipeline, "archive.after-manifest");
    assertThat(watermarks(pipeline)).containsExactly(30L, 30L);
    pipeline.assertArchiveExact();
    assertThat(pipeline.log().range(1, 2))
        .extracting(entry -> entry.writer().run())
        .doesNotHaveDuplicates();

    pipeline.produceTo(0, 30);
    wake(winner, pipeline, "archive.before-manifest");
    pipeline.produceTo(0, 30);
    wake(loser, pipeline, "archive.before-manifest");
    wake(winner, pipeline, "archive.after-manifest");
    assertThat(watermarks(pipeline)).containsExactly(60L, 30L);
    // The first half of what it holds is in the archive.
    loser.resume();
    loser.expectExit(4);
    assertThat(loser.log())
        .contains(
            "archive-conflict",
            "the offsets 30 to 89 of topic %s partition 0, of which another writer archived those below 60"
                .formatted(pipeline.name()));
    assertThat(watermarks(pipeline)).containsExactly(60L, 30L);
    winner.resume();
    pipeline.produce(40);
    pipeline.awaitArchiveExact(winner);
    assertThat(winner.terminate()).as(winner.log()).isZero();
    pipeline.assertEveryOrderWasMet();
    pipeline.assertArchiveExactToPython();
  }

  private static List<Long> watermarks(Pipeline pipeline) {
    ManifestEntry head = pipeline.log().requireHead();
    return List.of(head.watermark(0, 0), head.watermark(0, 1));
  }

  /** A driver that goes on for ever, asleep at a point of its first batch. */
  private static DriverRun live(Pipeline pipeline, String point) {
    pipeline.order(point, "stop");
    return pipeline.phase1("--trigger", "200ms").awaitFault(point);
  }

  /** Wakes a driver, alone among others that sleep, until it comes to another point. */
  private static void wake(DriverRun driver, Pipeline pipeline, String point) {
    pipeline.order(point, "stop");
    driver.resume();
    driver.awaitFault(point);
  }

  private static DriverRun asleep(Pipeline pipeline, String point) {
    pipeline.order(point, "stop");
    return reading(pipeline, point).awaitFault(point);
  }

  private static DriverRun reading(Pipeline pipeline, String checkpoint) {
    return pipeline.phase1(
        NOW[0], NOW[1], "--checkpoint", pipeline.checkpoint() + "/" + checkpoint);
  }

  /**
   * As many drivers as points, which all of them pass in the order given: each point holds the
   * first that comes and lets the others on, so that in the end one sleeps at each.
   */
  private static Map<String, DriverRun> asleepTogether(
      Pipeline pipeline, List<String> points, IntFunction<DriverRun> start) {
    points.forEach(point -> pipeline.order(point, "stop"));
    List<DriverRun> drivers = IntStream.range(0, points.size()).mapToObj(start).toList();
    return DriverRun.awaitFaults(drivers, points);
  }

  private static String[] impatient(String... flags) {
    return Stream.concat(Stream.of(flags), Stream.of("--alive.timeout", "1s"))
        .toArray(String[]::new);
  }

  private static void sleep() {
    await().pollDelay(SLEEP).atMost(SLEEP.plusSeconds(5)).until(() -> true);
  }
}
