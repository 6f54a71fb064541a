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
 * @param state what became of it
 * @param activation the JSON of the driver's report
 * @param spec the spec's JSON
 */
public record StoredDataset(
    String name,
    long version,
    long latest,
    long createdAt,
    String operation,
    VersionState state,
    Optional<String> activation,
    String spec) {}
