package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.StepPolicy;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.step.Step;
import dev.tributary.phase2.step.Steps;
import java.util.List;
import java.util.stream.Stream;

/** What steps demand whose records are not just to be set aside. */
final class StepPolicies {
  private StepPolicies() {}

  /**
   * Refuses a plan with a record that a step whose policy is fail cannot use, unless an operator
   * has accepted it. What a replay sets aside again was set aside before.
   *
   * @param bad the records that the plan would set aside
   * @throws TributaryException PLAN_NOT_ADMITTED
   */
  static void admit(PlanWork work, List<BadRecord> bad) {
    if (work.limitsLifted() || work.plan().kind() == PlanKind.REPLAY) {
      return;
    }
    Steps steps = work.dataset().steps();
    Stream.concat(steps.payload().stream(), steps.rows().stream())
        .filter(step -> step.policy() == StepPolicy.FAIL)
        .forEach(step -> requireNone(work, step, bad));
  }

  private static void requireNone(PlanWork work, Step<?> step, List<BadRecord> bad) {
    List<BadRecord> own =
        bad.stream().filter(record -> record.step().equals(step.label())).toList();
    if (own.isEmpty()) {
      return;
    }
    BadRecord first = own.get(0);
    throw new TributaryException(
        ErrorCode.PLAN_NOT_ADMITTED,
        "Plan %d of dataset '%s' has %d of %d records that the step %s, whose policy is fail, cannot use; the first: %s at %s. Correct the data or the step; then accept the plan, which sets these records aside, or void it, to go on with another version."
            .formatted(
                work.plan().plan(),
                work.spec().name(),
                own.size(),
                work.size().records(),
                step.described(),
                first.message(),
                first.id()));
  }
}
