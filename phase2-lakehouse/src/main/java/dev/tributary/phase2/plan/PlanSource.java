package dev.tributary.phase2.plan;

import java.util.List;

/**
 * What a plan reads.
 *
 * @param archive the archive's location
 * @param ranges manifest entries by topic; empty for a plan that reads nothing
 */
public record PlanSource(String archive, List<EntryRange> ranges) {
  /** Copies the ranges. */
  public PlanSource {
    ranges = ranges == null ? List.of() : List.copyOf(ranges);
  }
}
