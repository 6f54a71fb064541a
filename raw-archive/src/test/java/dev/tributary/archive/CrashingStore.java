package dev.tributary.archive;

import dev.tributary.storage.ListedObject;
import dev.tributary.storage.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.Path;

/**
 * A store in memory whose clock a test sets, and whose process dies at a chosen change: before it
 * or after it, as a test chooses. Objects outlive the process.
 */
final class CrashingStore implements ObjectStore {
  /** The process died. No code catches it. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("the process died");
    }
  }

  private record Stored(byte[] content, long modifiedAt) {}

  private final ConcurrentSkipListMap<Path, Stored> objects;
  private final AtomicLong clock;
  private long changesLeft = Long.MAX_VALUE;
  private boolean afterwards;
  private Runnable meanwhile = () -> {};

  CrashingStore(AtomicLong clock) {
    this.objects = new ConcurrentSkipListMap<>();
    this.clock = clock;
  }

  private CrashingStore(CrashingStore other) {
    this.objects = new ConcurrentSkipListMap<>(other.objects);
    this.clock = new AtomicLong(other.clock.get());
  }

  /** A store of its own with the same objects. */
  CrashingStore copy() {
    return new CrashingStore(this);
  }

  AtomicLong clock() {
    return clock;
  }

  /** Dies at the change after {@code changes} more, having done it or not. */
  void crashAfter(long changes, boolean done) {
    changesLeft = changes;
    afterwards = done;
  }

  void crashNoMore() {
    changesLeft = Long.MAX_VALUE;
  }

  /** Runs once, just before the next manifest entry is put. */
  void beforeNextEntry(Runnable action) {
    meanwhile = action;
  }

  /** The data files that are there. */
  List<String> files() {
    return objects.keySet().stream()
        .filter(path -> path.getParent().getName().startsWith("date="))
        .map(path -> path.getParent().getName() + "/" + path.getName())
        .toList();
  }

  private void change(Runnable change) {
    if (changesLeft-- == 0) {
      if (afterwards) {
        change.run();
      }
      throw new Crash();
    }
    change.run();
  }

  private void put(Path path, byte[] content) {
    objects.put(path, new Stored(content.clone(), clock.get()));
  }

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    if (path.getParent().getName().equals("_log") && path.getName().matches("\\d{20}\\.json")) {
      Runnable action = meanwhile;
      meanwhile = () -> {};
      action.run();
    }
    boolean[] won = {false};
    change(
        () -> won[0] = objects.putIfAbsent(path, new Stored(content.clone(), clock.get())) == null);
    return won[0];
  }

  @Override
  public Optional<byte[]> read(Path path) {
    return Optional.ofNullable(objects.get(path)).map(stored -> stored.content().clone());
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
    return objects.containsKey(path);
  }

  @Override
  public void overwrite(Path path, byte[] content) {
    change(() -> put(path, content));
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    return objects.entrySet().stream()
        .filter(object -> object.getKey().getParent().equals(directory))
        .filter(object -> object.getKey().getName().compareTo(firstName) >= 0)
        .map(CrashingStore::listed)
        .toList()
        .iterator();
  }

  private static ListedObject listed(Map.Entry<Path, Stored> object) {
    return new ListedObject(
        object.getKey(), object.getValue().content().length, object.getValue().modifiedAt());
  }

  @Override
  public void delete(Path path) {
    change(() -> objects.remove(path));
  }

  @Override
  public OutputStream create(Path path) {
    return new ByteArrayOutputStream() {
      private boolean closed;

      @Override
      public void close() {
        if (!closed) {
          closed = true;
          change(() -> put(path, toByteArray()));
        }
      }
    };
  }
}
