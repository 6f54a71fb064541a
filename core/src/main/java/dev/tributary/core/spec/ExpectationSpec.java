package dev.tributary.core.spec;

/**
 * What a dataset expects of each of its rows.
 *
 * @param name by which it is counted
 * @param expression an SQL predicate over a row's declared columns, coordinates and derived
 *     partition columns; it holds only where it is true, not where it is null
 * @param policy what becomes of a row for which it does not hold; warn unless it is given
 */
public record ExpectationSpec(String name, String expression, CheckPolicy policy) {
  /** Fills in the default and refuses what is missing. */
  public ExpectationSpec {
    name = SpecChecks.name("checks.expectations.name", name);
    expression = SpecChecks.required("checks.expectations.expression", expression);
    policy =
        CheckPolicy.notOfLateRows(
            "checks.expectations.policy", policy == null ? CheckPolicy.WARN : policy);
  }
}
