package dev.tributary.metastore.store;

import java.util.Optional;

/**
 * A version of a dataset.
 *
 * @param name its name
 * @param version dense from 1
 * @param latest the greatest version of this dataset
 * @param createdAt epoch milliseconds
 * @param operation what made the version
 * @param note who made it, and why
 * @param base the version that it was made from; 0: none
 * @param state what became of it
 * @param activation the JSON of the driver's report
 * @param hasTable whether a driver has put any version of the dataset in force
 * @param spec the spec's JSON
 * @param rebuild whether it comes into force by a rebuild of the table alone
 */
public record StoredDataset(
    String name,
    long version,
    long latest,
    long createdAt,
    String operation,
    Note note,
    long base,
    VersionState state,
    Optional<String> activation,
    boolean hasTable,
    String spec,
    boolean rebuild) {
  /** A version that drivers bring in place. */
  public StoredDataset(
      String name,
      long version,
      long latest,
      long createdAt,
      String operation,
      Note note,
      long base,
      VersionState state,
      Optional<String> activation,
      boolean hasTable,
      String spec) {
    this(
        name,
        version,
        latest,
        createdAt,
        operation,
        note,
        base,
        state,
        activation,
        hasTable,
        spec,
        false);
  }

  /** Whether it waits for a rebuild, so that it is not the one that should be in force. */
  public boolean awaitsRebuild() {
    return rebuild && state == VersionState.PENDING;
  }

  /** About how long it is where it is shown. */
  public long length() {
    return (long) spec.length() + operation.length() + activation.map(String::length).orElse(0);
  }
}
