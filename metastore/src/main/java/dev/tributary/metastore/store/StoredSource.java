package dev.tributary.metastore.store;

/**
 * A version of a source.
 *
 * @param name its name
 * @param version dense from 1
 * @param createdAt epoch milliseconds
 * @param operation what made the version
 * @param note who made it, and why
 * @param spec the spec's JSON
 */
public record StoredSource(
    String name, long version, long createdAt, String operation, Note note, String spec) {
  /** About how long it is where it is shown. */
  public long length() {
    return (long) spec.length() + operation.length();
  }
}
