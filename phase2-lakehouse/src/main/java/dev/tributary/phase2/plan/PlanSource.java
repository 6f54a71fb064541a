package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;

/**
 * What a plan reads.
 *
 * @param archive the archive's location
 * @param ranges manifest entries by topic; empty for a plan that reads nothing
 * @param within which records of these entries; empty: all of them
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record PlanSource(String archive, List<EntryRange> ranges, Optional<RecordRange> within) {
  /** Copies the ranges. */
  public PlanSource {
    ranges = ranges == null ? List.of() : List.copyOf(ranges);
    within = within == null ? Optional.empty() : within;
  }

  /** Whole entries. */
  public PlanSource(String archive, List<EntryRange> ranges) {
    this(archive, ranges, Optional.empty());
  }
}
