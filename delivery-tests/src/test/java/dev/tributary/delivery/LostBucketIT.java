package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** All that lies in the object store is lost: what docs/operations.md says to do then. */
@Tag("long")
class LostBucketIT {
  private final Configuration configuration = DeliveryStack.shared().hadoop();

  @Test
  void anOlderCopyIsPutBackAndDriversGoOnFromKafka() throws IOException {
    Pipeline pipeline =
        Pipeline.create("bucket", 2).inTablesOfItsOwn().withAppendTable().withUpsertTable();
    pipeline.produce(200);
    catchUp(pipeline);
    String copies = "s3a://%s/copies/%s".formatted(DeliveryStack.BUCKET, pipeline.name());
    copy(archive(pipeline), copies + "/raw");
    copy(pipeline.tables(), copies + "/lake");
    pipeline.produce(200);
    catchUp(pipeline);
    pipeline.assertTablesExact();

    // Of Spark's checkpoints those are kept that are newer than the copy: nobody goes by them.
    delete(archive(pipeline));
    delete(pipeline.tables());
    copy(copies + "/raw", archive(pipeline));
    copy(copies + "/lake", pipeline.tables());
    assertThat(pipeline.log().requireHead().totals().records()).isEqualTo(200);
    pipeline.produce(100);
    catchUp(pipeline);

    pipeline.assertArchiveExact();
    pipeline.assertArchiveExactToPython();
    pipeline.assertTablesExact();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  private static void catchUp(Pipeline pipeline) {
    pipeline
        .phase1("--trigger", "available-now", "--checkpoint", pipeline.checkpoint())
        .expectExit(0);
    pipeline.phase2("--trigger", "available-now").expectExit(0);
  }

  private static String archive(Pipeline pipeline) {
    return pipeline.archive() + "/" + pipeline.name();
  }

  private void copy(String from, String to) throws IOException {
    Path source = new Path(from);
    FileSystem files = source.getFileSystem(configuration);
    Path target = new Path(to);
    files.mkdirs(target.getParent());
    assertThat(FileUtil.copy(files, source, files, target, false, configuration)).isTrue();
  }

  private void delete(String folder) throws IOException {
    Path path = new Path(folder);
    assertThat(path.getFileSystem(configuration).delete(path, true)).isTrue();
  }
}
