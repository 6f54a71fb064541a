package dev.tributary.phase2.execute;

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
      ledger.add(new StepLedger(step.label(), in, 0, in - dropped, dropped, 0, 0));
      in -= dropped;
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
    int last = lastFilter(steps);
    for (int i = 0; i < steps.rows().size(); i++) {
      Step<RowTransform> step = steps.rows().get(i);
      bad = quarantined.getOrDefault(step.label(), 0L);
      long dropped = 0;
      if (i == last) {
        long after = leaving + checksDropped + checksBad + conformBad;
        for (int later = i + 1; later < steps.rows().size(); later++) {
          after += quarantined.getOrDefault(steps.rows().get(later).label(), 0L);
        }
        dropped = in - bad - after;
      } else if (step.transform().kind() == StepKind.FILTER) {
        long passed = counted.passed().getOrDefault(step.label(), 0L);
        for (int later = i + 1; later < steps.rows().size(); later++) {
          passed += excluded.getOrDefault(steps.rows().get(later).label(), 0L);
        }
        passed += excluded.getOrDefault(ArchiveRows.CONFORM, 0L);
        passed += excluded.getOrDefault(Expectations.STEP, 0L);
        dropped = in - bad - passed;
      }
      ledger.add(new StepLedger(step.label(), in, 0, in - bad - dropped, dropped, 0, bad));
      in -= bad + dropped;
    }
    ledger.add(new StepLedger(ArchiveRows.CONFORM, in, 0, in - conformBad, 0, 0, conformBad));
    in -= conformBad;
    if (new Expectations(work.spec()).any()) {
      long out = in - checksDropped - checksBad;
      ledger.add(new StepLedger(Expectations.STEP, in, 0, out, checksDropped, 0, checksBad));
    }
    return ledger;
  }

  private static int lastFilter(Steps steps) {
    int last = -1;
    for (int i = 0; i < steps.rows().size(); i++) {
      last = steps.rows().get(i).transform().kind() == StepKind.FILTER ? i : last;
    }
    return last;
  }
}
