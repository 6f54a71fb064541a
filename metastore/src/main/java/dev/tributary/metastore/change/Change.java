package dev.tributary.metastore.change;

/**
 * What a request came to.
 *
 * @param outcome whether something changed
 * @param version the version that now holds
 */
public record Change<T>(Outcome outcome, T version) {
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
