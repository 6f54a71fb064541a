package dev.tributary.storage;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.Path;

/** A store in memory that counts what it is asked. */
final class CountingObjectStore implements ObjectStore {
  private final ConcurrentSkipListMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger unwritten = new AtomicInteger();
  private final AtomicInteger mostUnwritten = new AtomicInteger();
  private volatile String failing = "";

  int requestsOf(Runnable work) {
    int before = requests.get();
    work.run();
    return requests.get() - before;
  }

  /** Lets every write fail whose path contains the text. */
  void failWritesOf(String text) {
    failing = text;
  }

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    write(path);
    return objects.putIfAbsent(path.toString(), content.clone()) == null;
  }

  @Override
  public Optional<byte[]> read(Path path) {
    requests.incrementAndGet();
    mostUnwritten.accumulateAndGet(unwritten.incrementAndGet(), Math::max);
    return Optional.ofNullable(objects.get(path.toString())).map(byte[]::clone);
  }

  @Override
  public Optional<byte[]> readRange(Path path, long start, int length) {
    return read(path)
        .map(
            content ->
                Arrays.copyOfRange(
                    content, (int) start, (int) Math.min(content.length, start + length)));
  }

  @Override
  public boolean exists(Path path) {
    requests.incrementAndGet();
    return objects.containsKey(path.toString());
  }

  @Override
  public void overwrite(Path path, byte[] content) {
    write(path);
    objects.put(path.toString(), content.clone());
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    throw new UnsupportedOperationException("A dense log never lists.");
  }

  @Override
  public void delete(Path path) {
    requests.incrementAndGet();
    objects.remove(path.toString());
  }

  @Override
  public OutputStream create(Path path) {
    write(path);
    return new ByteArrayOutputStream() {
      @Override
      public void write(byte[] content) {
        unwritten.decrementAndGet();
        writeBytes(content);
      }

      @Override
      public void close() {
        objects.put(path.toString(), toByteArray());
      }
    };
  }

  /** How many objects were read, at most, before they were written to a stream. */
  int mostUnwritten(Runnable work) {
    unwritten.set(0);
    mostUnwritten.set(0);
    work.run();
    return mostUnwritten.get();
  }

  private void write(Path path) {
    requests.incrementAndGet();
    if (!failing.isEmpty() && path.toString().contains(failing)) {
      throw StoreErrors.unavailable("write", path, new java.io.IOException("told to fail"));
    }
  }
}
