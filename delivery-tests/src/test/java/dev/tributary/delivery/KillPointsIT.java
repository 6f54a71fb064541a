package dev.tributary.delivery;

import static dev.tributary.delivery.DriverRun.KILLED;

import dev.tributary.local.servers.Fault;
import dev.tributary.local.servers.FaultyProxy;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Both drivers run, and one of them is killed with -9 at a named point and started again: at each
 * point of both phases nothing is lost and nothing twice.
 */
@Tag("long")
class KillPointsIT {
  private static final List<String> PHASE_1 =
      List.of(
          "phase1.before-offset-log",
          "phase1.after-offset-log",
          "archive.file.middle",
          // Files are written, but no manifest.
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
    Pipeline pipeline = Pipeline.create("kill_points", 3).withUpsertTable();
    DriverRun first = phase1(pipeline);
    DriverRun second = phase2(pipeline);
    pipeline.produce(150);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(second);
    for (int i = 0; i < PHASE_1.size(); i++) {
      pipeline.order(PHASE_1.get(i), "kill");
      pipeline.produce(150);
      first.awaitFault(PHASE_1.get(i)).expectExit(KILLED);
      // Phase 2 meets its point in what phase 1 archives when it is back.
      pipeline.order(PHASE_2.get(i), "kill");
      first = phase1(pipeline);
      second.awaitFault(PHASE_2.get(i)).expectExit(KILLED);
      second = phase2(pipeline);
      pipeline.awaitArchiveExact(first);
      pipeline.awaitTablesExact(second);
    }
    first.kill();
    second.kill();
    Pipeline.assertReconciled(List.of(pipeline));
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
      pipeline.phase1("--trigger", "available-now").expectExit(0);
    }
    pipeline.assertArchiveExact();
  }

  private static DriverRun phase1(Pipeline pipeline) {
    return pipeline.phase1("--trigger", "300ms", "--checkpoint", pipeline.checkpoint());
  }

  private static DriverRun phase2(Pipeline pipeline) {
    return pipeline.phase2("--trigger", "300ms", "--checkpoint", pipeline.checkpoint());
  }
}
