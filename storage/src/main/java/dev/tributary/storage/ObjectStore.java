package dev.tributary.storage;

import java.io.OutputStream;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * Whole objects in one file system, with the one operation that decides between writers: create if
 * absent. Thread-safe. Every path is absolute and belongs to the file system that the store was
 * opened for.
 *
 * <p>Failures are {@link dev.tributary.core.error.TributaryException}s: {@code STORE_UNAVAILABLE}
 * where the same call may succeed later, {@code STORE_REFUSED} where it will not until somebody
 * changes a credential, a permission or a name, {@code STORE_ANSWER_AMBIGUOUS} where {@link
 * #createIfAbsent} could not find out whether its object is there.
 */
public interface ObjectStore {
  /**
   * Creates the object if there is none of that name. Exactly one of many concurrent callers, in
   * this process or another, gets {@code true}; the object appears whole or not at all.
   *
   * <p>An answer that does not say whether the object was created (a timeout, a reset, a 5xx, a
   * 409) is resolved by reading the object back: equal bytes are the caller's own. The content must
   * therefore hold something unique, such as a random id, wherever two callers could write the same
   * bytes and only one may win.
   *
   * @return false if an object with other content is there
   */
  boolean createIfAbsent(Path path, byte[] content);

  /** The whole content, or empty if there is no such object. */
  Optional<byte[]> read(Path path);

  /**
   * At most {@code length} bytes from byte {@code start} on, fewer at the object's end, none behind
   * it; or empty if there is no such object.
   */
  Optional<byte[]> readRange(Path path, long start, int length);

  /** Whether there is such an object. Cheaper than reading it. */
  boolean exists(Path path);

  /**
   * Creates the object or replaces it atomically. The last of several writers wins, so this is for
   * hints and for what can be rebuilt.
   */
  void overwrite(Path path, byte[] content);

  /**
   * The objects directly in a directory (not those in its sub-directories) whose name is {@code
   * firstName} or greater, in the order of their names, fetched as the iterator is advanced. An
   * absent directory is an empty one.
   */
  Iterator<ListedObject> listFrom(Path directory, String firstName);

  /** Deletes the object; one that is not there is deleted already. */
  void delete(Path path);

  /**
   * A stream into a new object that appears whole when the stream is closed. The name must be one
   * that is never used twice: what is there already would be replaced. A stream that is not closed
   * leaves no object; where it would leave anything else, it is a Hadoop {@link
   * org.apache.hadoop.fs.Abortable}, whose {@code abort} removes that.
   */
  OutputStream create(Path path);

  /**
   * What writers that died have left of their objects in a directory. A writer that is still at
   * work is among them: only their age tells them apart. Empty where the store shows no such thing.
   */
  default Iterator<ListedObject> unfinished(Path directory) {
    return Collections.emptyIterator();
  }
}
