package dev.tributary.cli.reconcile;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What the plan log, the archive's log and the table say of one dataset, cumulative.
 *
 * @param lastDone the last plan that has its account; empty: none
 * @param open whether a plan stands that has no account yet
 * @param planned how many records the archive holds below the position of the last done plan
 * @param held how many records the archive holds
 * @param totals the accounts of all done plans: {@code read} and what became of it
 * @param mark the plan number that the table itself bears; empty: none, or no table
 * @param unbalanced the plans whose counts do not add up
 * @param restored the table's version that is a RESTORE and took rows of done plans away; empty:
 *     none
 * @param backfilled the same of all backfills and replays, which read again what live batches have
 *     read
 * @param released records that these have taken out of the quarantine: resolved, replaced, or set
 *     aside again
 */
public record PlanFacts(
    OptionalLong lastDone,
    boolean open,
    long planned,
    long held,
    Map<String, Long> totals,
    OptionalLong mark,
    List<Long> unbalanced,
    OptionalLong restored,
    Map<String, Long> backfilled,
    long released) {
  static final String READ = "read";

  /** Rows that steps made of the records besides the first of each. */
  static final String MADE = "made";

  /** Rows in the late table, which count as late already. */
  static final String ROUTED = "routed";

  /** Copies the collections. */
  public PlanFacts {
    unbalanced = List.copyOf(unbalanced);
    totals = Collections.unmodifiableMap(new TreeMap<>(totals));
    backfilled = Collections.unmodifiableMap(new TreeMap<>(backfilled));
  }

  /** Of a table whose quarantine was only added to. */
  public PlanFacts(
      OptionalLong lastDone,
      boolean open,
      long planned,
      long held,
      Map<String, Long> totals,
      OptionalLong mark,
      List<Long> unbalanced,
      OptionalLong restored,
      Map<String, Long> backfilled) {
    this(lastDone, open, planned, held, totals, mark, unbalanced, restored, backfilled, 0);
  }

  /** Of a table without backfills. */
  public PlanFacts(
      OptionalLong lastDone,
      boolean open,
      long planned,
      long held,
      Map<String, Long> totals,
      OptionalLong mark,
      List<Long> unbalanced,
      OptionalLong restored) {
    this(lastDone, open, planned, held, totals, mark, unbalanced, restored, Map.of());
  }

  long read() {
    return totals.getOrDefault(READ, 0L);
  }

  /** What became of the records that were read. */
  long disposed() {
    return disposed(totals);
  }

  /**
   * Records that backfills read and nothing accounts for; negative: that they account for twice.
   */
  long backfillsUndisposed() {
    return backfilled.getOrDefault(READ, 0L) - disposed(backfilled);
  }

  private static long disposed(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum()
        - counts.getOrDefault(READ, 0L)
        - counts.getOrDefault(ROUTED, 0L)
        - 2 * counts.getOrDefault(MADE, 0L);
  }
}
