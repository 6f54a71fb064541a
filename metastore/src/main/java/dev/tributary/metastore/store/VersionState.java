package dev.tributary.metastore.store;

import java.util.Locale;

/** What became of a dataset version. */
public enum VersionState {
  /** No driver has reported it yet. */
  PENDING,
  /** In force. */
  ACTIVE,
  /** A driver could not apply it; the version before goes on. */
  REJECTED,
  /** A later one is in force. */
  SUPERSEDED;

  /** As it is stored and shown. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static VersionState of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
