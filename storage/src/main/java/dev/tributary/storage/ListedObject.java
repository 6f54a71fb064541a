package dev.tributary.storage;

import static java.util.Objects.requireNonNull;

import org.apache.hadoop.fs.Path;

/**
 * An object as a listing shows it.
 *
 * @param length in bytes
 * @param modifiedAt epoch milliseconds, by the store's clock
 */
public record ListedObject(Path path, long length, long modifiedAt) {
  public ListedObject {
    requireNonNull(path, "path");
  }
}
