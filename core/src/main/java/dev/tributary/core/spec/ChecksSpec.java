package dev.tributary.core.spec;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a dataset's rows are checked for before they are written.
 *
 * @param expectations in order; their names are unique
 */
public record ChecksSpec(List<ExpectationSpec> expectations) {
  /** Copies the list, and refuses two expectations of one name. */
  public ChecksSpec {
    expectations = expectations == null ? List.of() : List.copyOf(expectations);
    Set<String> seen = new HashSet<>();
    for (ExpectationSpec expectation : expectations) {
      if (!seen.add(expectation.name())) {
        throw SpecChecks.invalid(
            "checks.expectations",
            expectation.name(),
            "Give each expectation a name of its own: they are counted by it.");
      }
    }
  }

  /** No checks. */
  public static ChecksSpec none() {
    return new ChecksSpec(null);
  }
}
