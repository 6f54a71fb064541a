package dev.tributary.storage.checkpoint;

import dev.tributary.core.error.TributaryException;
import dev.tributary.storage.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.execution.streaming.checkpointing.CheckpointFileManager.CancellableFSDataOutputStream;

/** A checkpoint file that exists once it is closed. */
final class BufferedCheckpointFile extends CancellableFSDataOutputStream {
  private final ObjectStore store;
  private final Path path;
  private final boolean overwrite;
  private final ByteArrayOutputStream content;
  private boolean ended;

  BufferedCheckpointFile(ObjectStore store, Path path, boolean overwrite) {
    this(store, path, overwrite, new ByteArrayOutputStream());
  }

  private BufferedCheckpointFile(
      ObjectStore store, Path path, boolean overwrite, ByteArrayOutputStream content) {
    super(content);
    this.store = store;
    this.path = path;
    this.overwrite = overwrite;
    this.content = content;
  }

  @Override
  public synchronized void close() throws IOException {
    if (ended) {
      return;
    }
    ended = true;
    try {
      if (overwrite) {
        store.overwrite(path, content.toByteArray());
      } else if (!store.createIfAbsent(path, content.toByteArray())) {
        throw new FileAlreadyExistsException("The checkpoint file '%s' exists.".formatted(path));
      }
    } catch (TributaryException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public synchronized void cancel() {
    ended = true;
  }
}
