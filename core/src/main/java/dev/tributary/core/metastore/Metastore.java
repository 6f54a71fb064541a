package dev.tributary.core.metastore;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.util.List;
import java.util.Optional;

/**
 * What drivers need of the metastore. Every read answers from the service or, while that is away,
 * from the last known specs on disk; only what was never read fails. Thread-safe.
 *
 * <p>Errors: METASTORE_UNAVAILABLE where neither the service nor the disk has an answer,
 * METASTORE_REFUSED where the service refused, SPEC_INVALID where it knows more than this client
 * implements. All are {@link TributaryException}.
 */
public interface Metastore {
  /** The current version of every source, retired ones included, ordered by name. */
  List<Versioned<SourceSpec>> sources();

  /** The current version of every dataset, retired ones included, ordered by name. */
  List<Versioned<DatasetSpec>> datasets();

  /** The current version of a source; empty: there is none of this name. */
  Optional<Versioned<SourceSpec>> source(String name);

  /** The version of a dataset that should be in force; empty: there is none of this name. */
  Optional<Versioned<DatasetSpec>> dataset(String name);

  /**
   * The version of a dataset that should be in force.
   *
   * @throws TributaryException NOT_FOUND
   */
  default Versioned<DatasetSpec> requireDataset(String name) {
    return dataset(name)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.NOT_FOUND,
                    "The metastore knows no dataset named '%s'. Register it, or correct the name."
                        .formatted(name)));
  }

  /**
   * The current version of the source that a dataset reads.
   *
   * @throws TributaryException NOT_FOUND
   */
  default SourceSpec requireSourceOf(DatasetSpec dataset) {
    return source(dataset.source())
        .map(Versioned::spec)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.NOT_FOUND,
                    "The metastore knows no source named '%s', which dataset '%s' reads. Register it."
                        .formatted(dataset.source(), dataset.name())));
  }

  /** One version of a dataset; empty: there is none. A version never changes. */
  Optional<Versioned<DatasetSpec>> dataset(String name, long version);

  /** A transform JAR that was uploaded to the service; empty: there is none. */
  Optional<byte[]> jar(String sha256);

  /**
   * Reports from which position a version is in force, or why it cannot be. The same report again
   * changes nothing.
   */
  void reportActivation(Activation activation);

  /**
   * Adds topics that were found by a source's pattern to the source, or registers them by its
   * template; those that are known already change nothing, and one that another source keeps in the
   * same archive is left to that.
   *
   * @return for people: each topic that could not be registered, and why
   */
  List<String> foundTopics(String source, List<String> topics);

  /**
   * Adds and widens the columns that a dataset's records were found to need, which makes a version
   * of it. The same of the same version again is a conflict, and makes none.
   *
   * @param version under which they were found
   * @throws TributaryException VERSION_CONFLICT where another version should be in force by now,
   *     METASTORE_REFUSED where the dataset does not take them, METASTORE_UNAVAILABLE
   */
  default void foundColumns(
      String dataset, long version, List<DdlOperation> operations, String reason) {
    throw TributaryException.of(
        ErrorCode.METASTORE_REFUSED,
        "This metastore makes no versions, so the columns of dataset '%s' stay as they are."
            .formatted(dataset),
        "Change them where its versions are made.");
  }

  /** Whether answers are the last known ones, which may lack what others have changed since. */
  default boolean away() {
    return false;
  }

  /** Reports that a run is alive and how far it is. A failure to report should not fail a run. */
  void reportRun(RunReport report);

  /**
   * Reports what a dataset has in its tiers. A failure to report should not fail a run; nothing is
   * reported where the service does not keep it.
   */
  default void reportTable(TableReport report) {}
}
