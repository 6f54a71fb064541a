package dev.tributary.storage;

import java.io.OutputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;

/**
 * A store that does not decide between writers, made safe for the threads of one process: it looks
 * before it writes, under a lock. That only one process writes is the operator's word.
 */
final class SingleDriverObjectStore implements ObjectStore {
  /** The process's locks, by a path's hash; a store is opened anew for every call of Delta's. */
  private static final Lock[] LOCKS =
      IntStream.range(0, 64).mapToObj(i -> new ReentrantLock()).toArray(Lock[]::new);

  private final ObjectStore store;

  SingleDriverObjectStore(ObjectStore store) {
    this.store = store;
  }

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    // The schemes of S3 are one: the lock goes by what they have in common.
    Lock lock = LOCKS[Math.floorMod(path.toUri().getPath().hashCode(), LOCKS.length)];
    lock.lock();
    try {
      Optional<byte[]> present = store.read(path);
      if (present.isPresent()) {
        return Arrays.equals(present.get(), content);
      }
      store.overwrite(path, content);
      return true;
    } finally {
      lock.unlock();
    }
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

  @Override
  public Iterator<ListedObject> unfinished(Path directory) {
    return store.unfinished(directory);
  }
}
