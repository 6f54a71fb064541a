package dev.tributary.phase2.execute;

import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ExpectationSpec;
import java.io.Serializable;

/**
 * What is expected of each row, by the user's own words or by the dataset's event time.
 *
 * @param name by which it is counted
 * @param predicate SQL over a row as the table would get it
 * @param policy what becomes of a row for which it does not hold
 * @param code of a record that goes to quarantine for it
 * @param problem the same for people; no word of the record's values
 */
record Expectation(String name, String predicate, CheckPolicy policy, String code, String problem)
    implements Serializable {
  static Expectation of(ExpectationSpec spec) {
    return new Expectation(
        spec.name(),
        spec.expression(),
        spec.policy(),
        Expectations.CODE,
        "The expectation %s does not hold for the record.".formatted(spec.name()));
  }
}
