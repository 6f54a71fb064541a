package dev.tributary.storage;

import java.io.OutputStream;
import java.util.Iterator;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/** A store that, like some S3 servers, takes no notice of the condition. */
final class CarelessObjectStore implements ObjectStore {
  private final ObjectStore store;

  CarelessObjectStore(ObjectStore store) {
    this.store = store;
  }

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    store.overwrite(path, content);
    return true;
  }

  @Override
  public Optional<byte[]> read(Path path) {
    return store.read(path);
  }

  @Override
  public Optional<byte[]> readRange(Path path, long start, int length) {
    return store.readRange(path, start, length);
  }

  @Override
  public boolean exists(Path path) {
    return store.exists(path);
  }

  @Override
  public void overwrite(Path path, byte[] content) {
    store.overwrite(path, content);
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    return store.listFrom(directory, firstName);
  }

  @Override
  public void delete(Path path) {
    store.delete(path);
  }

  @Override
  public OutputStream create(Path path) {
    return store.create(path);
  }
}
