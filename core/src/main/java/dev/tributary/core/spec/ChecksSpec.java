package dev.tributary.core.spec;

import java.util.List;

/**
 * What a dataset's rows are checked for before they are written.
 *
 * @param expectations in order
 */
public record ChecksSpec(List<ExpectationSpec> expectations) {
  /** Copies the list. */
  public ChecksSpec {
    expectations = expectations == null ? List.of() : List.copyOf(expectations);
  }

  /** No checks. */
  public static ChecksSpec none() {
    return new ChecksSpec(null);
  }
}
