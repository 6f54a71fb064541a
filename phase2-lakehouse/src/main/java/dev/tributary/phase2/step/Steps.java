package dev.tributary.phase2.step;

import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import java.util.List;

/**
 * The steps of a dataset version, in order.
 *
 * @param payload those on bytes, which come first
 * @param rows those on rows
 */
public record Steps(List<Step<PayloadTransform>> payload, List<Step<RowTransform>> rows) {
  /** Copies the lists. */
  public Steps {
    payload = List.copyOf(payload);
    rows = List.copyOf(rows);
  }

  /** Whether a step may leave records out. */
  public boolean mayFilter() {
    return payload.stream().anyMatch(step -> step.transform().kind() == StepKind.FILTER)
        || rows.stream().anyMatch(step -> step.transform().kind() == StepKind.FILTER);
  }
}
