package dev.tributary.archive;

import java.util.Optional;

/**
 * What became of a commit.
 *
 * @param entry the entry that it put; empty where the archive held every range already
 */
public record CommitResult(Optional<ManifestEntry> entry) {}
