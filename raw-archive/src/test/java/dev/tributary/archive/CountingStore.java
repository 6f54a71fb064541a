package dev.tributary.archive;

import dev.tributary.storage.ListedObject;
import dev.tributary.storage.ObjectStore;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.Path;

/** A store that counts the requests that it passes on. */
public final class CountingStore implements ObjectStore {
  private final ObjectStore store;
  private final AtomicLong requests = new AtomicLong();

  /** Counts the requests to {@code store}. */
  public CountingStore(ObjectStore store) {
    this.store = store;
  }

  /** The requests since the last call. */
  public long take() {
    return requests.getAndSet(0);
  }

  private ObjectStore counted() {
    requests.incrementAndGet();
    return store;
  }

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    return counted().createIfAbsent(path, content);
  }

  @Override
  public Optional<byte[]> read(Path path) {
    return counted().read(path);
  }

  @Override
  public Optional<byte[]> readRange(Path path, long start, int length) {
    return counted().readRange(path, start, length);
  }

  @Override
  public boolean exists(Path path) {
    return counted().exists(path);
  }

  @Override
  public void overwrite(Path path, byte[] content) {
    counted().overwrite(path, content);
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    return counted().listFrom(directory, firstName);
  }

  @Override
  public void delete(Path path) {
    counted().delete(path);
  }

  @Override
  public OutputStream create(Path path) {
    return counted().create(path);
  }
}
