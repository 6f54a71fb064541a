package dev.tributary.phase2.maintain;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What is to be done with tables.
 *
 * @param tasks what, each in its turn: purge, compaction, vacuum
 * @param dryRun whether it is only shown
 * @param fileBytes about how great compacted files become; those of half of it are left alone
 * @param leastFiles how many small files a partition has where it pays to compact them
 * @param retainHours how long a vacuum leaves what was replaced; empty: 168, or what the table says
 *     where that is more
 * @param shortRetention whether that may be less than the table says, or than 168
 * @param planWait how long a vacuum with a short retention waits for a plan that is under way
 */
public record MaintenanceRequest(
    Set<Task> tasks,
    boolean dryRun,
    long fileBytes,
    int leastFiles,
    OptionalInt retainHours,
    boolean shortRetention,
    Duration planWait) {
  /** Below this Delta itself refuses unless told otherwise. */
  public static final int LEAST_RETENTION = 168;

  /** Copies the tasks. */
  public MaintenanceRequest {
    tasks = Set.copyOf(tasks);
  }

  /** What can be done with a table. */
  public enum Task {
    /** Few great files for many small ones. */
    OPTIMIZE,
    /** Files without the rows that their deletion vectors leave out. */
    PURGE,
    /** Files removed that nothing names any more. */
    VACUUM
  }
}
