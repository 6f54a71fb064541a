package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A driver is stopped by SIGSTOP at a fault point; another commits a different range; the zombie is
 * woken. One goes on, the other stops with a clear error, and every file still has its checksum.
 */
class ZombiesIT {
  @ParameterizedTest
  @ValueSource(
      strings = {"phase1.after-offset-log", "archive.file.middle", "archive.before-manifest"})
  void aWokenPhase1DoesNoHarm(String point) {
    Pipeline pipeline = Pipeline.create("zombie_one", 3);
    pipeline.produce(300);
    pipeline.order(point, "stop");
    DriverRun zombie = pipeline.phase1("--trigger", "available-now");
    zombie.awaitFault(point);

    pipeline.produce(333);
    pipeline
        .phase1("--trigger", "available-now", "--checkpoint", otherCheckpoint(pipeline))
        .expectExit(0);
    zombie.resume();
    int exit = zombie.awaitExit();

    assertThat(exit).as(zombie.log()).isIn(0, 4);
    if (exit == 4) {
      assertThat(zombie.log()).contains("archive-conflict");
    }
    pipeline.phase1("--trigger", "available-now").expectExit(0);
    pipeline.assertArchiveExact();
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"phase2.plan-put", "phase2.after-quarantine", "phase2.after-table"})
  void aWokenPhase2DoesNoHarm(String point) {
    Pipeline pipeline = Pipeline.create("zombie_two", 3);
    pipeline.produce(300);
    pipeline.phase1("--trigger", "available-now").expectExit(0);
    pipeline.order(point, "stop");
    DriverRun zombie = pipeline.phase2("--trigger", "available-now");
    zombie.awaitFault(point);

    pipeline.produce(100);
    pipeline.phase1("--trigger", "available-now").expectExit(0);
    pipeline
        .phase2(
            "--trigger",
            "available-now",
            "--checkpoint",
            otherCheckpoint(pipeline),
            "--alive.timeout",
            "3s")
        .expectExit(0);
    zombie.resume();
    int exit = zombie.awaitExit();

    assertThat(exit).as(zombie.log()).isIn(0, 4);
    if (exit == 4) {
      assertThat(zombie.log()).contains("plan-conflict");
    }
    pipeline.phase2("--trigger", "available-now").expectExit(0);
    pipeline.assertTableExact();
  }

  private static String otherCheckpoint(Pipeline pipeline) {
    return "s3a://%s/checkpoints/other-%s".formatted(DeliveryStack.BUCKET, pipeline.name());
  }
}
