package dev.tributary.archive;

import com.fasterxml.jackson.databind.DeserializationFeature;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.storage.ObjectStore;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.fs.Path;

/**
 * The rewrite maps of an archive and their indexes, objects that are never changed. Thread-safe.
 */
final class RewriteMaps {
  /** A map may have some megabytes; who reads on needs the same one again and again. */
  private static final int RECENT = 4;

  private record Known(String name, RewriteIndex index) {}

  private final ObjectStore store;
  private final Path directory;
  private final AtomicReference<Known> last =
      new AtomicReference<>(new Known("", RewriteIndex.EMPTY));
  private final Map<String, RewriteMap> recent =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, RewriteMap> eldest) {
              return size() > RECENT;
            }
          });

  RewriteMaps(ObjectStore store, Path log) {
    this.store = store;
    this.directory = new Path(log, "_rewrite");
  }

  /** Where they lie. */
  Path directory() {
    return directory;
  }

  /** The index that is in force as of an entry; empty where it has been swept since. */
  Optional<RewriteIndex> index(ManifestEntry entry) {
    if (entry.rewriteIndex().isEmpty()) {
      return Optional.of(RewriteIndex.EMPTY);
    }
    String name = entry.rewriteIndex().get();
    Known known = last.get();
    if (known.name().equals(name)) {
      return Optional.of(known.index());
    }
    Optional<RewriteIndex> index = read(name, RewriteIndex.class);
    index.ifPresent(found -> requireFormat(found.format(), name));
    index.ifPresent(found -> last.set(new Known(name, found)));
    return index;
  }

  /** A map; empty where it has been swept since. */
  Optional<RewriteMap> map(String name) {
    RewriteMap known = recent.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<RewriteMap> map = read(name, RewriteMap.class);
    map.ifPresent(found -> requireFormat(found.format(), name));
    map.ifPresent(found -> recent.put(name, found));
    return map;
  }

  /** Writes a map or an index under a name that is never used again. */
  String write(Object content) {
    String name = UUID.randomUUID().toString().replace("-", "");
    store.createIfAbsent(path(name), Json.write(content));
    return name;
  }

  private Path path(String name) {
    return new Path(directory, name + ".json");
  }

  private <T> Optional<T> read(String name, Class<T> type) {
    return store.read(path(name)).map(content -> parse(content, name, type));
  }

  private <T> T parse(byte[] content, String name, Class<T> type) {
    try {
      return Json.mapper()
          .readerFor(type)
          .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .readValue(content);
    } catch (IOException e) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "The object %s cannot be read. Restore it from a backup or an object version."
              .formatted(path(name)),
          e);
    }
  }

  private void requireFormat(int format, String name) {
    if (format != ManifestEntry.FORMAT) {
      throw new TributaryException(
          ErrorCode.FORMAT_UNKNOWN,
          "The object %s has the format %d; this release reads %d. Use the release that wrote it or a later one."
              .formatted(path(name), format, ManifestEntry.FORMAT));
    }
  }
}
