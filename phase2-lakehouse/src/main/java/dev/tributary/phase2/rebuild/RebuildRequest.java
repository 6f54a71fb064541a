package dev.tributary.phase2.rebuild;

import java.util.OptionalLong;
import java.util.Set;

/**
 * What a person asked for.
 *
 * @param dataset whose table is made anew
 * @param version under which; empty: the one that waits for it
 * @param accepted what is taken as it is
 * @param chunkRecords about how many records a plan of the new table takes; empty: as many as a
 *     live batch
 * @param action what is done
 */
public record RebuildRequest(
    String dataset,
    OptionalLong version,
    Set<Accepted> accepted,
    OptionalLong chunkRecords,
    Action action) {
  /** Copies the set. */
  public RebuildRequest {
    accepted = Set.copyOf(accepted);
  }

  /** What would else stop a rebuild. */
  public enum Accepted {
    /** The new table differs from the one that is there by more than its accounts explain. */
    DIFFERENCES,
    /** The breaker, and steps and expectations of the policy fail, of plans of the new table. */
    LIMITS
  }

  /** What is done. */
  public enum Action {
    /** The table is made anew and cut over. */
    REBUILD,
    /** What that would be is shown. */
    SHOW,
    /** The new table is removed, and its version rejected. */
    ABANDON
  }
}
