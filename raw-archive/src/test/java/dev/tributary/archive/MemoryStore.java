package dev.tributary.archive;

import dev.tributary.storage.ListedObject;
import dev.tributary.storage.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.Path;

/** A store in memory, for logs of a length that a disk is too slow for. */
public final class MemoryStore implements ObjectStore {
  private final ConcurrentHashMap<Path, byte[]> objects = new ConcurrentHashMap<>();

  @Override
  public boolean createIfAbsent(Path path, byte[] content) {
    return objects.putIfAbsent(path, content.clone()) == null;
  }

  @Override
  public Optional<byte[]> read(Path path) {
    return Optional.ofNullable(objects.get(path)).map(byte[]::clone);
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
    objects.put(path, content.clone());
  }

  @Override
  public Iterator<ListedObject> listFrom(Path directory, String firstName) {
    return objects.entrySet().stream()
        .filter(object -> object.getKey().getParent().equals(directory))
        .filter(object -> object.getKey().getName().compareTo(firstName) >= 0)
        .sorted(Map.Entry.comparingByKey())
        .map(object -> new ListedObject(object.getKey(), object.getValue().length, 0))
        .iterator();
  }

  @Override
  public void delete(Path path) {
    objects.remove(path);
  }

  @Override
  public OutputStream create(Path path) {
    return new ByteArrayOutputStream() {
      @Override
      public void close() {
        objects.put(path, toByteArray());
      }
    };
  }
}
