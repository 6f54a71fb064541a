package dev.tributary.phase2.maintain;

import dev.tributary.core.spec.MaintenanceSpec;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * What is to be done with tables.
 *
 * @param tasks what, each in its turn: purge, compaction, vacuum
 * @param dryRun whether it is only shown
 * @param fileBytes about how great compacted files become; those of half of it are left alone
 * @param leastFiles how many small files a partition has where it pays to compact them
 * @param retainHours how long a vacuum leaves what was replaced; empty: as long as the dataset or
 *     the table says, whichever is more
 * @param datasetHours how long the dataset says, at least 168
 * @param shortRetention whether that may be less than the table says, or than 168
 * @param planWait how long a vacuum with a short retention waits for a plan that is under way
 */
public record MaintenanceRequest(
    Set<Task> tasks,
    boolean dryRun,
    long fileBytes,
    int leastFiles,
    OptionalInt retainHours,
    long datasetHours,
    boolean shortRetention,
    Duration planWait) {
  /** Below this Delta itself refuses unless told otherwise. */
  public static final int LEAST_RETENTION = 168;

  /** Copies the tasks. */
  public MaintenanceRequest {
    tasks = Set.copyOf(tasks);
  }

  /**
   * What datasets that write one table say themselves: what all of them ask for, with the greatest
   * of their numbers.
   */
  public static MaintenanceRequest of(List<MaintenanceSpec> datasets) {
    Set<Task> tasks = EnumSet.noneOf(Task.class);
    if (datasets.stream().allMatch(MaintenanceSpec::optimize)) {
      tasks.add(Task.OPTIMIZE);
    }
    if (datasets.stream().allMatch(MaintenanceSpec::purgeDeletionVectors)) {
      tasks.add(Task.PURGE);
    }
    if (datasets.stream().allMatch(MaintenanceSpec::vacuum)) {
      tasks.add(Task.VACUUM);
    }
    return new MaintenanceRequest(
        tasks,
        false,
        greatest(datasets, MaintenanceSpec::fileBytes),
        (int) greatest(datasets, MaintenanceSpec::minFiles),
        OptionalInt.empty(),
        greatest(datasets, MaintenanceSpec::retainHours),
        false,
        Duration.ZERO);
  }

  private static long greatest(
      List<MaintenanceSpec> datasets, ToLongFunction<MaintenanceSpec> number) {
    return datasets.stream().mapToLong(number).max().orElseThrow();
  }

  /** This request without a vacuum. */
  MaintenanceRequest withoutVacuum() {
    Set<Task> others = new HashSet<>(tasks);
    others.remove(Task.VACUUM);
    return new MaintenanceRequest(
        others, dryRun, fileBytes, leastFiles, retainHours, datasetHours, shortRetention, planWait);
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
