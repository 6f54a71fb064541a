package dev.tributary.storage.delta;

import dev.tributary.core.error.TributaryException;
import dev.tributary.storage.ListedObject;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import io.delta.storage.CloseableIterator;
import io.delta.storage.LogStore;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A Delta log store that puts each commit if it is absent, so that any number of drivers may write
 * to one table on plain S3, and that lists from the version it is asked for and not the whole log.
 * Registered by {@code spark.delta.logStore.<scheme>.impl}.
 *
 * <p>A commit whose answer was lost is read back and compared. Equal bytes are this writer's own,
 * because every commit that Delta writes carries a random {@code txnId} in its {@code commitInfo}.
 */
public final class ConditionalLogStore extends LogStore {
  /** Called by Delta. */
  public ConditionalLogStore(Configuration configuration) {
    super(configuration);
  }

  @Override
  public CloseableIterator<String> read(Path path, Configuration configuration) throws IOException {
    return orIoException(
        () ->
            new Lines(
                store(path, configuration)
                    .read(path)
                    .orElseThrow(() -> new FileNotFoundException("No such file: " + path))));
  }

  @Override
  public void write(
      Path path, Iterator<String> actions, Boolean overwrite, Configuration configuration)
      throws IOException {
    byte[] content = content(actions);
    boolean written =
        orIoException(
            () -> {
              ObjectStore store = store(path, configuration);
              if (overwrite) {
                store.overwrite(path, content);
                return true;
              }
              return store.createIfAbsent(path, content);
            });
    if (!written) {
      throw new FileAlreadyExistsException(path.toString());
    }
  }

  @Override
  public Iterator<FileStatus> listFrom(Path path, Configuration configuration) throws IOException {
    Path directory = path.getParent();
    return orIoException(
        () -> {
          Iterator<ListedObject> objects =
              store(path, configuration).listFrom(directory, path.getName());
          if (!objects.hasNext() && !directory.getFileSystem(configuration).exists(directory)) {
            throw new FileNotFoundException("No such directory: " + directory);
          }
          return new Statuses(objects, resolvePathOnPhysicalStorage(directory, configuration));
        });
  }

  @Override
  public Path resolvePathOnPhysicalStorage(Path path, Configuration configuration)
      throws IOException {
    return path.getFileSystem(configuration).makeQualified(path);
  }

  /** On S3 alone an object appears whole: elsewhere Delta writes checkpoints aside and renames. */
  @Override
  public Boolean isPartialWriteVisible(Path path, Configuration configuration) {
    return !ObjectStores.isS3(path, configuration);
  }

  private static ObjectStore store(Path path, Configuration configuration) {
    return ObjectStores.forPath(path, configuration);
  }

  private static byte[] content(Iterator<String> actions) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    while (actions.hasNext()) {
      content.writeBytes(actions.next().getBytes(StandardCharsets.UTF_8));
      content.write('\n');
    }
    return content.toByteArray();
  }

  private interface StoreCall<T> {
    T call() throws IOException;
  }

  /** Delta expects IOExceptions of its log store. */
  private static <T> T orIoException(StoreCall<T> call) throws IOException {
    try {
      return call.call();
    } catch (TributaryException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
