package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import dev.tributary.core.spec.Compression;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checkpoints are disposable, and settings may change at every start; the logs are the truth. */
@Tag("long")
class CheckpointsIT {
  @Test
  void lostCheckpointsAndOtherSettingsChangeNothing() throws IOException {
    Pipeline pipeline = Pipeline.create("checkpoints", 3).withAppendTable();
    String one = pipeline.checkpoint() + "/one";
    String two = pipeline.checkpoint() + "/two";
    pipeline.produce(250);
    phase1(pipeline, one);
    phase2(pipeline, two);

    delete(one);
    pipeline.produce(250);
    phase1(pipeline, one);
    pipeline.assertArchiveExact();

    // Phase 2 goes by its plan log alone; what is deleted here is whatever it may have left.
    deleteIfPresent(two);
    phase2(pipeline, two);
    pipeline.assertTablesExact();

    // Other batches and files behind the checkpoint of those before.
    pipeline.register(
        pipeline.source(
            new BatchSpec(70L, null, 50L),
            new ArchiveSpec(pipeline.archive(), Compression.NONE, 30L, null)));
    pipeline.plansOf(150);
    pipeline.produce(250);
    phase1(pipeline, one);
    pipeline.assertArchiveExact();
    phase2(pipeline, two);
    pipeline.assertTablesExact();

    delete(one);
    deleteIfPresent(two);
    // Once more others, without it, another trigger, and an end by the clock.
    pipeline.register(
        pipeline.source(
            new BatchSpec(99L, null, 100L),
            new ArchiveSpec(pipeline.archive(), Compression.GZIP, 20L, null)));
    pipeline.plansOf(250);
    pipeline.produce(250);
    Path result = pipeline.folder().resolve("result.json");
    pipeline
        .phase1(
            "--trigger",
            "200ms",
            "--checkpoint",
            one,
            "--max-duration",
            "10s",
            "--result",
            result.toString())
        .expectExit(0);
    JsonNode done = DriverRun.result(result);
    assertThat(done.path("outcome").asText()).isEqualTo("stopped");
    assertThat(done.path("durationMillis").asLong()).isGreaterThanOrEqualTo(10_000);
    assertThat(done.path("processed").asLong())
        .isEqualTo(pipeline.log().requireHead().totals().records() - 750);

    phase1(pipeline, one);
    pipeline.assertArchiveExact();
    pipeline.assertArchiveExactToPython();
    phase2(pipeline, two);
    pipeline.assertTablesExact();
  }

  private static void phase1(Pipeline pipeline, String checkpoint) {
    pipeline.phase1("--trigger", "available-now", "--checkpoint", checkpoint).expectExit(0);
  }

  private static void phase2(Pipeline pipeline, String checkpoint) {
    pipeline.phase2("--trigger", "available-now", "--checkpoint", checkpoint).expectExit(0);
  }

  private static void delete(String folder) throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder);
    FileSystem files = path.getFileSystem(DeliveryStack.shared().hadoop());
    assertThat(files.delete(path, true)).as("there was a checkpoint in %s", path).isTrue();
  }

  private static void deleteIfPresent(String folder) throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder);
    path.getFileSystem(DeliveryStack.shared().hadoop()).delete(path, true);
  }
}
