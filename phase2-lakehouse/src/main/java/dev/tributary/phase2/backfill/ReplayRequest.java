package dev.tributary.phase2.backfill;

import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.ReplaySelection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which quarantined records a person wants to have taken up again.
 *
 * @param dataset for which they were set aside
 * @param codes why they were; empty: whatever the reason was
 * @param steps the steps that did it; empty: any
 * @param chunkRecords about how many records a plan takes; empty: as many as a live batch
 * @param pause how long the log is left to others after each plan
 */
public record ReplayRequest(
    String dataset,
    List<String> codes,
    List<String> steps,
    OptionalLong chunkRecords,
    Duration pause) {
  /** Copies the lists. */
  public ReplayRequest {
    codes = List.copyOf(codes);
    steps = List.copyOf(steps);
  }

  /** The selection of a plan. */
  ReplaySelection selection(long records, Map<String, Long> asOf) {
    return new ReplaySelection(codes, steps, records, asOf);
  }

  /** Of the dataset's own table, under the version that is in force there. */
  BackfillRequest target() {
    return new BackfillRequest(
        dataset,
        BackfillMode.FILL,
        Selection.ALL,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        chunkRecords,
        pause);
  }
}
