package dev.tributary.phase2.plan;

import dev.tributary.core.spec.ArchiveStart;
import dev.tributary.core.spec.DatasetSpec;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Where a dataset began, by topic: the next manifest sequence before its first batch. A topic that
 * is not named began with its archive.
 */
public final class FirstPositions {
  private FirstPositions() {}

  /**
   * As the plan log says, in a few requests: a dataset that does not begin with its archive stands
   * in the positions from the plan on that brought its first version.
   */
  public static Map<String, Long> of(PlanLog log, DatasetSpec dataset) {
    if (dataset.archiveStart() instanceof ArchiveStart.Earliest) {
      return Map.of();
    }
    OptionalLong last = log.latestAccount().stream().mapToLong(PlanAccount::plan).findFirst();
    if (last.isEmpty() || at(log, dataset, last.getAsLong()).isEmpty()) {
      return Map.of();
    }
    long low = 0;
    long holds = last.getAsLong();
    while (low < holds) {
      long middle = low + (holds - low) / 2;
      if (at(log, dataset, middle).isEmpty()) {
        low = middle + 1;
      } else {
        holds = middle;
      }
    }
    return at(log, dataset, holds);
  }

  private static Map<String, Long> at(PlanLog log, DatasetSpec dataset, long plan) {
    return log.account(plan)
        .map(PlanAccount::positions)
        .map(positions -> positions.get(dataset.name()))
        .orElse(Map.of());
  }
}
