package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.phase2.step.Step;
import dev.tributary.phase2.step.Steps;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes the ledger of the steps from what was counted on the way. */
final class Ledger {
  private Ledger() {}

  /**
   * The ledger, in the order of the steps.
   *
   * @param entering records that were read, without tombstones
   * @param leaving rows that left the last step
   * @param settled what the pass counted and set aside
   */
  static List<StepLedger> of(
      PlanWork work, long entering, long leaving, Settlement.Settled<?> settled) {
    Steps steps = work.dataset().steps();
    Diverted counted = settled.diverted();
    Map<String, Long> quarantined = Settlement.Settled.byStep(settled.bad());
    // What was left out from the beginning passed the steps before its own in an earlier attempt.
    Map<String, Long> excluded = Settlement.Settled.byStep(settled.excluded());
    List<StepLedger> ledger = new ArrayList<>();
    long in = entering;
    for (Step<PayloadTransform> step : steps.payload()) {
      long dropped = counted.dropped().getOrDefault(step.label(), 0L);
      long failed = quarantined.getOrDefault(step.label(), 0L);
      long out = in - dropped - failed;
      ledger.add(new StepLedger(step.label(), in, 0, out, dropped, 0, failed));
      in = out;
    }
    if (new SchemaCheck(work.spec()).any()) {
      long dropped = counted.dropped().getOrDefault(SchemaCheck.STEP, 0L);
      long refused = quarantined.getOrDefault(SchemaCheck.STEP, 0L);
      long out = in - dropped - refused;
      ledger.add(new StepLedger(SchemaCheck.STEP, in, 0, out, dropped, 0, refused));
      in = out;
    }
    long bad = quarantined.getOrDefault(ArchiveRows.DECODE, 0L);
    ledger.add(new StepLedger(ArchiveRows.DECODE, in, 0, in - bad, 0, 0, bad));
    in -= bad;
    long conformBad = quarantined.getOrDefault(ArchiveRows.CONFORM, 0L);
    long checksBad = quarantined.getOrDefault(Expectations.STEP, 0L);
    long checksDropped = counted.dropped().getOrDefault(Expectations.STEP, 0L);
    int last = steps.lastChange();
    for (int i = 0; i < steps.rows().size(); i++) {
      Step<RowTransform> step = steps.rows().get(i);
      StepKind kind = step.transform().kind();
      bad = quarantined.getOrDefault(step.label(), 0L);
      long out = in - bad;
      if (kind == StepKind.FILTER && i == last) {
        out = leaving + checksDropped + checksBad + conformBad + of(quarantined, steps, i);
      } else if (kind == StepKind.FILTER || counted.passed().containsKey(step.label())) {
        out =
            counted.passed().getOrDefault(step.label(), 0L)
                + of(excluded, steps, i)
                + excluded.getOrDefault(ArchiveRows.CONFORM, 0L)
                + excluded.getOrDefault(Expectations.STEP, 0L);
      }
      long made = kind == StepKind.EXPLODE ? counted.made(step.label()) : 0;
      long combined = kind == StepKind.COMBINE ? counted.combined(step.label()) : 0;
      long dropped = in + made - bad - combined - out;
      requireDeclared(work, step, dropped);
      ledger.add(new StepLedger(step.label(), in, made, out, dropped, combined, bad));
      in = out;
    }
    ledger.add(new StepLedger(ArchiveRows.CONFORM, in, 0, in - conformBad, 0, 0, conformBad));
    in -= conformBad;
    if (new Expectations(work.spec()).any()) {
      long out = in - checksDropped - checksBad;
      ledger.add(new StepLedger(Expectations.STEP, in, 0, out, checksDropped, 0, checksBad));
      in = out;
    }
    requireAll(work, in, leaving);
    return ledger;
  }

  /** How many of the records were set aside by steps on rows after one. */
  private static long of(Map<String, Long> byStep, Steps steps, int place) {
    return steps.rows().stream()
        .skip(place + 1L)
        .mapToLong(later -> byStep.getOrDefault(later.label(), 0L))
        .sum();
  }

  /** Of records that are no rows any more nothing else would tell that one is missing. */
  private static void requireAll(PlanWork work, long made, long leaving) {
    if ((work.spec().explodes() || work.spec().combines()) && made != leaving) {
      throw new TributaryException(
          ErrorCode.UNACCOUNTED,
          "Plan %d of dataset '%s' has %d rows by the counts of its steps, and %d arrived. Nothing was written; make the transforms deterministic, or check the archive's files."
              .formatted(work.plan().plan(), work.spec().name(), made, leaving));
    }
  }

  /** A step's rows cannot be accounted for where it does something else than it says. */
  private static void requireDeclared(PlanWork work, Step<RowTransform> step, long dropped) {
    StepKind kind = step.transform().kind();
    if (kind == StepKind.ONE_TO_ONE && dropped != 0) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The transform '%s' of dataset '%s' declares itself one-to-one and leaves out %d rows of plan %d. Declare it as a filter; nothing was written."
              .formatted(step.label(), work.spec().name(), dropped, work.plan().plan()));
    }
  }
}
