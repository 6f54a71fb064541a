package dev.tributary.phase2.live;

import dev.tributary.core.spec.Versioned;
import java.util.HashSet;
import java.util.Set;

/** The versions of a dataset that this driver has turned down. Used by one thread. */
final class RejectedVersions {
  private final Set<VersionKey> turnedDown = new HashSet<>();
  private final Set<Long> voided = new HashSet<>();

  /** It cannot come into force. */
  void add(Versioned<?> version) {
    turnedDown.add(VersionKey.of(version));
  }

  /**
   * The plan that brought it was made void. Its spec stands beside the plans, so that its number
   * has no other.
   *
   * @return whether that is new
   */
  boolean madeVoid(long version) {
    return voided.add(version);
  }

  boolean has(Versioned<?> version) {
    return voided.contains(version.version()) || turnedDown.contains(VersionKey.of(version));
  }
}
