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
    return new RenamingObjectStore(root(), AtomicRenameFileSystem.configuration());
  }

  @Override
  Path root() {
    return new Path("renaming://" + folder);
  }

  @Test
  void aRenameWhoseAnswerIsLostIsFoundOutThoughTheDeleteAfterItFails() {
    Configuration configuration = AtomicRenameFileSystem.configuration();
    configuration.set("fs.AbstractFileSystem.renaming.impl", AnswerLosingContext.class.getName());
    ObjectStore losing = new RenamingObjectStore(root(), configuration);
    Path path = new Path(directory, "a");
    AnswerLosingContext.RENAMES_TO_LOSE.set(1);
    AnswerLosingContext.DELETES_TO_LOSE.set(1);

    assertThat(losing.createIfAbsent(path, bytes("one"))).isTrue();

    assertThat(AnswerLosingContext.RENAMES_TO_LOSE).hasValue(0);
    assertThat(AnswerLosingContext.DELETES_TO_LOSE).hasValue(0);
    assertThat(store.read(path)).hasValue(bytes("one"));
    assertThat(losing.createIfAbsent(path, bytes("two"))).isFalse();
  }

  @Test
  void aFileSystemThatIsNotKnownToRenameAtomicallyIsRefused() {
    assertThatThrownBy(
            () -> ObjectStores.forPath(new Path("strange://host/a"), new Configuration()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_NOT_CONDITIONAL))
        .hasMessage(
            "The file system strange of strange://host/a is not known to rename without replacing,"
                + " so two drivers could overwrite each other. Use S3, HDFS or a local disk, or set"
                + " single-driver if no other driver ever works on this data.");
  }
}
