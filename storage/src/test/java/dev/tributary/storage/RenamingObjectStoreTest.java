package dev.tributary.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RenamingObjectStoreTest extends AbstractObjectStoreContract {
  @TempDir java.nio.file.Path folder;

  @Override
  ObjectStore open() {
    return ObjectStores.forPath(root(), AtomicRenameFileSystem.configuration());
  }

  @Override
  Path root() {
    return new Path("renaming://" + folder);
  }

  @Test
  void aFileSystemWithoutAtomicRenameIsRefused() {
    assertThatThrownBy(
            () -> ObjectStores.forPath(new Path("strange://host/a"), new Configuration()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_NOT_CONDITIONAL))
        .hasMessage(
            "The file system of 'strange://host/a' offers no atomic rename (no fs.AbstractFileSystem.strange.impl), so it cannot decide between two writers. Use S3, HDFS or a local disk.");
  }
}
