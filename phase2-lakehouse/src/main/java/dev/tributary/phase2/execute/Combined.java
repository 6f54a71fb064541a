package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.step.Steps;
import java.util.List;

/**
 * Rows that stand for several records. One that is bad cannot be set aside: its coordinates are
 * those of one record, and the others would be in the accounts alone.
 */
final class Combined {
  private Combined() {}

  /**
   * Refuses a plan with such a row.
   *
   * @throws TributaryException TRANSFORM_FAILED
   */
  static void requireGood(PlanWork work, List<BadRecord> bad) {
    Steps steps = work.dataset().steps();
    int first = steps.firstCombine();
    if (first == steps.rows().size()) {
      return;
    }
    List<String> since = WholeRecords.since(steps, first);
    bad.stream()
        .filter(record -> since.contains(record.step()))
        .findFirst()
        .ifPresent(
            record -> {
              throw new TributaryException(
                  ErrorCode.TRANSFORM_FAILED,
                  "Plan %d of dataset '%s' has a row that the step %s refuses (%s: %s), at %s; it stands for several records since %s, so that none can be set aside. Refuse records before that step, or void the plan and register a version that handles them."
                      .formatted(
                          work.plan().plan(),
                          work.spec().name(),
                          record.step(),
                          record.code(),
                          record.message(),
                          record.id(),
                          steps.rows().get(first).label()));
            });
  }
}
