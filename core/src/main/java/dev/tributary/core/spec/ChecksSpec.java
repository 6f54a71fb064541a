package dev.tributary.core.spec;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a dataset's records and rows are checked for before they are written.
 *
 * @param expectations in order; their names are unique
 * @param jsonSchema what the records' values have to meet
 * @param eventTime how far from their ingestion rows may have happened
 */
public record ChecksSpec(
    List<ExpectationSpec> expectations,
    Optional<JsonSchemaSpec> jsonSchema,
    Optional<EventTimeSpec> eventTime) {
  /** Copies the list, and refuses two expectations of one name. */
  public ChecksSpec {
    jsonSchema = jsonSchema == null ? Optional.empty() : jsonSchema;
    eventTime = eventTime == null ? Optional.empty() : eventTime;
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

  /** Whether rows that are late have a table of their own. */
  public boolean routesLate() {
    return eventTime.filter(EventTimeSpec::routesLate).isPresent();
  }

  /** Expectations alone. */
  public ChecksSpec(List<ExpectationSpec> expectations) {
    this(expectations, Optional.empty());
  }

  /** Expectations and a JSON Schema. */
  public ChecksSpec(List<ExpectationSpec> expectations, Optional<JsonSchemaSpec> jsonSchema) {
    this(expectations, jsonSchema, Optional.empty());
  }

  /** No checks. */
  public static ChecksSpec none() {
    return new ChecksSpec(null, Optional.empty(), Optional.empty());
  }
}
