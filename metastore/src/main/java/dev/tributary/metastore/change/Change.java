package dev.tributary.metastore.change;

import dev.tributary.metastore.store.StoredSource;
import java.util.Optional;

/**
 * What a request came to.
 *
 * @param outcome whether something changed
 * @param version the version that now holds
 * @param source the source that was created beside it; empty: none
 */
public record Change<T>(Outcome outcome, T version, Optional<StoredSource> source) {
  /** A change of one thing. */
  public Change(Outcome outcome, T version) {
    this(outcome, version, Optional.empty());
  }

  /** This change, beside which a source was created. */
  Change<T> beside(Optional<StoredSource> created) {
    return new Change<>(outcome, version, created);
  }

  /** Whether something changed. */
  public enum Outcome {
    /** The first version. */
    CREATED,
    /** A further version. */
    CHANGED,
    /** It was so already. */
    UNCHANGED
  }
}
