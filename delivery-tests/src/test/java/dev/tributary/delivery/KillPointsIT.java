package dev.tributary.delivery;

import static dev.tributary.delivery.DriverRun.KILLED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import dev.tributary.core.spec.Compression;
import dev.tributary.local.servers.Fault;
import dev.tributary.local.servers.FaultyProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.s3a.S3AFileSystem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/**
 * Both drivers run, and one of them is killed with -9 at a named point and started again: at each
 * point of both phases nothing is lost and nothing twice.
 */
@Tag("long")
class KillPointsIT {
  private static final String[] NOW = {"--trigger", "available-now"};

  private static final List<String> PHASE_1 =
      List.of(
          "phase1.before-offset-log",
          "phase1.after-offset-log",
          "archive.file.middle",
          // Files are written whole, but no manifest.
          "archive.before-manifest",
          "archive.after-manifest",
          "phase1.after-manifest-before-checkpoint");
  private static final List<String> PHASE_2 =
      List.of(
          "phase2.plan-put",
          "phase2.before-tombstones",
          // Between tombstones, quarantine and table.
          "phase2.after-tombstones",
          "phase2.after-quarantine",
          // All but no account.
          "phase2.after-table",
          // The account, and nothing that remembers it but the plan log.
          "phase2.after-account");

  @Test
  void aDriverThatDiesAtAnyPointGoesOnExactly() {
    Pipeline pipeline = Pipeline.create("kill_points", 3).withAppendTable().withUpsertTable();
    DriverRun first = phase1(pipeline);
    // Each table has a driver of its own, so that both ways to write meet every point.
    Map<String, DriverRun> second = new TreeMap<>();
    pipeline.datasets().forEach(dataset -> second.put(dataset, phase2(pipeline, dataset)));
    pipeline.produce(150);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(drivers(second));
    for (int i = 0; i < PHASE_1.size(); i++) {
      // Phase 2 meets its point in what phase 1 archives, at the latest when that is back.
      String point = PHASE_2.get(i);
      second.keySet().forEach(dataset -> pipeline.orderTo(dataset, point, "kill"));
      pipeline.order(PHASE_1.get(i), "kill");
      pipeline.produce(150);
      first.awaitFault(PHASE_1.get(i)).expectExit(KILLED);
      first = phase1(pipeline);
      second.replaceAll(
          (dataset, driver) -> {
            driver.awaitFault(point).expectExit(KILLED);
            return phase2(pipeline, dataset);
          });
      pipeline.awaitArchiveExact(first);
      pipeline.awaitTablesExact(drivers(second));
    }
    first.kill();
    second.values().forEach(DriverRun::kill);
    pipeline.assertEveryOrderWasMet();
    pipeline.assertArchiveExactToPython();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  @Test
  void aDriverThatDiesWithPartsOfAFileUploadedLeavesNoneOfItAndGoesOnExactly() throws IOException {
    Pipeline pipeline = Pipeline.create("kill_parts", 1);
    pipeline.register(
        pipeline.source(
            BatchSpec.defaults(),
            new ArchiveSpec(pipeline.archive(), Compression.NONE, null, null)));
    pipeline.set(
        "SPARK_SUBMIT_OPTIONS",
        "--conf spark.ui.enabled=false --conf spark.hadoop.fs.s3a.multipart.size=5M");
    // Two whole segments of 8 MiB, and a third one that is begun.
    pipeline.produceOf(200_000, 100);
    pipeline.order("archive.file.middle", "kill 2");
    pipeline.phase1(NOW).awaitFault("archive.file.middle").expectExit(KILLED);

    assertThat(uploads(pipeline)).as("uploads that nobody has ended").hasSize(1);
    assertThat(pipeline.log().requireHead().totals().records()).isZero();
    pipeline.phase1(NOW).expectExit(0);
    pipeline.assertArchiveExact();
    assertThat(pipeline.log().requireHead().totals().files()).isEqualTo(1);
    pipeline.assertEveryOrderWasMet();
  }

  @Test
  void aManifestThatLandedAndWhosePutWasAnsweredByAnErrorIsNotWrittenAgain() {
    Pipeline pipeline = Pipeline.create("answer_lost", 3);
    try (FaultyProxy proxy =
        FaultyProxy.start(DeliveryStack.shared().s3().endpoint(), Duration.ofSeconds(3))) {
      pipeline.through(proxy.endpoint());
      for (int sequence = 1; sequence <= 2; sequence++) {
        proxy.spoilNext(
            "PUT",
            "/_log/%020d.json".formatted(sequence),
            sequence == 1 ? Fault.INTERNAL_ERROR : Fault.RESET,
            Fault.Moment.AFTER);
      }
      // And one that the driver has to make sense of itself: the client gives up.
      pipeline.order("archive.manifest.landed-answer-lost", "fail 3");
      pipeline.produce(800);
      pipeline.phase1(NOW).expectExit(0).awaitFault("archive.manifest.landed-answer-lost");
      assertThat(proxy.spoilt(Fault.INTERNAL_ERROR)).isEqualTo(1);
      assertThat(proxy.spoilt(Fault.RESET)).isEqualTo(1);
    }
    pipeline.assertArchiveExact();
    // The genesis, and each batch of at most 200 once: what is shared out is rounded down.
    assertThat(pipeline.log().requireHead().sequence()).isBetween(4L, 5L);
    pipeline.assertArchiveExactToPython();
  }

  private static DriverRun phase1(Pipeline pipeline) {
    return pipeline.phase1("--trigger", "300ms", "--checkpoint", pipeline.checkpoint());
  }

  private static DriverRun phase2(Pipeline pipeline, String dataset) {
    return pipeline.phase2Of(
        dataset, "--trigger", "300ms", "--checkpoint", pipeline.checkpoint() + "/" + dataset);
  }

  private static DriverRun[] drivers(Map<String, DriverRun> of) {
    return of.values().toArray(DriverRun[]::new);
  }

  /** The uploads in parts of a topic's files that are neither completed nor aborted. */
  private static List<String> uploads(Pipeline pipeline) throws IOException {
    Path folder = pipeline.log().folder();
    S3AFileSystem files = (S3AFileSystem) folder.getFileSystem(DeliveryStack.shared().hadoop());
    List<String> uploads = new ArrayList<>();
    RemoteIterator<MultipartUpload> pending = files.listUploads(files.pathToKey(folder));
    while (pending.hasNext()) {
      uploads.add(pending.next().key());
    }
    return uploads;
  }
}
