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

  /** The place among the steps on rows of the first that explodes; how many there are, if none. */
  public int firstExplode() {
    return first(StepKind.EXPLODE);
  }

  /** As {@link #firstExplode}, of those that combine. */
  public int firstCombine() {
    return first(StepKind.COMBINE);
  }

  private int first(StepKind kind) {
    int first = 0;
    while (first < rows.size() && rows.get(first).transform().kind() != kind) {
      first++;
    }
    return first;
  }

  /** The place of the last step on rows that makes more rows or fewer than it is given; or -1. */
  public int lastChange() {
    int last = rows.size() - 1;
    while (last >= 0 && rows.get(last).transform().kind() == StepKind.ONE_TO_ONE) {
      last--;
    }
    return last;
  }

  /** Whether a step may leave records out. */
  public boolean mayFilter() {
    return payload.stream().anyMatch(step -> step.transform().kind() == StepKind.FILTER)
        || rows.stream().anyMatch(step -> step.transform().kind() == StepKind.FILTER);
  }
}
