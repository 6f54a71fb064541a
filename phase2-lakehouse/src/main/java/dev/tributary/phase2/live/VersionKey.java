package dev.tributary.phase2.live;

import dev.tributary.core.spec.Versioned;

/**
 * What tells versions of a dataset apart. A metastore that was restored from a backup gives numbers
 * out again: a version is another one where it was made at another time.
 *
 * @param createdAt in epoch milliseconds
 */
record VersionKey(long version, long createdAt) {
  static VersionKey of(Versioned<?> version) {
    return new VersionKey(version.version(), version.createdAt());
  }
}
