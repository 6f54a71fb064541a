package dev.tributary.storage.checkpoint;

import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.execution.streaming.checkpointing.CheckpointFileManager;

/**
 * Spark's checkpoints without renames: a file is held in memory and put whole when it is closed, if
 * absent where Spark forbids to replace. Registered by {@code
 * spark.sql.streaming.checkpointFileManagerClass}.
 *
 * <p>Two queries that write the very same bytes under one name are both told that they created the
 * file. That costs nothing here: no promise of this product rests on a checkpoint.
 */
public final class ConditionalCheckpointFileManager implements CheckpointFileManager {
  private final Path checkpoint;
  private final FileSystem fileSystem;
  private final ObjectStore store;

  /** Called by Spark. */
  public ConditionalCheckpointFileManager(Path checkpoint, Configuration configuration)
      throws IOException {
    this.store = ObjectStores.forPath(checkpoint, configuration);
    this.checkpoint = checkpoint;
    this.fileSystem = checkpoint.getFileSystem(configuration);
  }

  @Override
  public CancellableFSDataOutputStream createAtomic(Path path, boolean overwriteIfPossible) {
    return new BufferedCheckpointFile(store, path, overwriteIfPossible);
  }

  @Override
  public FSDataInputStream open(Path path) {
    return asScala(() -> fileSystem.open(path));
  }

  @Override
  public FileStatus[] list(Path path, PathFilter filter) {
    return asScala(() -> fileSystem.listStatus(path, filter));
  }

  @Override
  public void mkdirs(Path path) {
    asScala(() -> fileSystem.mkdirs(path));
  }

  @Override
  public boolean exists(Path path) {
    return asScala(() -> fileSystem.exists(path));
  }

  @Override
  public void delete(Path path) {
    asScala(
        () -> {
          try {
            return fileSystem.delete(path, true);
          } catch (FileNotFoundException e) {
            return false;
          }
        });
  }

  @Override
  public boolean isLocal() {
    return fileSystem instanceof LocalFileSystem || fileSystem instanceof RawLocalFileSystem;
  }

  @Override
  public Path createCheckpointDirectory() {
    Path qualified = fileSystem.makeQualified(checkpoint);
    mkdirs(qualified);
    return qualified;
  }

  private interface FileCall<T> {
    T call() throws IOException;
  }

  /** Spark catches IOExceptions of methods whose Scala signature does not declare them. */
  private static <T> T asScala(FileCall<T> call) {
    try {
      return call.call();
    } catch (IOException e) {
      throw ConditionalCheckpointFileManager.<RuntimeException>undeclared(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> E undeclared(IOException e) throws E {
    throw (E) e;
  }
}
