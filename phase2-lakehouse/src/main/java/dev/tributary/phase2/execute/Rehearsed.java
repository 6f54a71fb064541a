package dev.tributary.phase2.execute;

import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.Replaced;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a plan would do.
 *
 * @param counts what would become of its records
 * @param replaced what it would take out
 * @param failures the first records that it would set aside
 * @param failuresByCode how many it would set aside, by code
 * @param expectations how each expectation of the version would fare
 * @param partitions the table's partitions that it would touch, as {@code column=value}, the first
 *     of them
 * @param refusal why it would not be admitted; empty: it would be
 */
public record Rehearsed(
    PlanCounts counts,
    Replaced replaced,
    List<BadRecords.Bad> failures,
    Map<String, Long> failuresByCode,
    List<ExpectationCount> expectations,
    List<String> partitions,
    Optional<String> refusal) {
  /** Copies the lists. */
  public Rehearsed {
    failures = List.copyOf(failures);
    failuresByCode = Map.copyOf(failuresByCode);
    expectations = List.copyOf(expectations);
    partitions = List.copyOf(partitions);
  }
}
