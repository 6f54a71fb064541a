package dev.tributary.delivery;

import dev.tributary.core.spec.BatchSpec;
import java.io.IOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checkpoints are disposable; the logs are the truth. */
@Tag("long")
class CheckpointsIT {
  @Test
  void lostCheckpointsAndOtherSettingsChangeNothing() throws IOException {
    Pipeline pipeline = Pipeline.create("checkpoints", 3);
    String checkpoints = "s3a://%s/checkpoints/%s".formatted(DeliveryStack.BUCKET, pipeline.name());
    String[] flags = {"--trigger", "available-now", "--checkpoint", checkpoints};
    pipeline.produce(450);
    pipeline.phase1(flags).expectExit(0);
    pipeline.phase2(flags).expectExit(0);

    delete(checkpoints);
    pipeline.produce(300);
    pipeline.phase1(flags).expectExit(0);
    pipeline.phase2(flags).expectExit(0);
    pipeline.assertArchiveExact();
    pipeline.assertTableExact();

    pipeline.produce(200);
    String[] others = {"--trigger", "available-now", "--checkpoint", checkpoints + "-other"};
    pipeline.registerWith(new BatchSpec(77L, null, null));
    pipeline.phase1(others).expectExit(0);
    pipeline.phase2(others).expectExit(0);
    pipeline.assertArchiveExact();
    pipeline.assertTableExact();
  }

  private static void delete(String folder) throws IOException {
    Path path = new Path(folder);
    FileSystem files = path.getFileSystem(DeliveryStack.shared().hadoop());
    files.delete(path, true);
  }
}
