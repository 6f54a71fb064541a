package dev.tributary.phase2.maintain;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.PlanWatch;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/**
 * Keeps a vacuum from files that somebody still needs.
 *
 * <p>A file that is written and not committed yet is named by nothing and looks like one to remove.
 * Above Delta's 168 hours its age tells them apart. Below, this has to be known: no plan may be
 * under way that began before the vacuum. What a run that comes back from the dead still holds of a
 * plan that is done can never be committed, since the table bears that plan's mark or a later one;
 * and what begins after the look is younger than any retention that is allowed. Maintenance runs
 * bear no mark, so that not even a dead one may be there.
 */
final class VacuumSafety {
  private final PlanLog log;
  private final PlanWatch watch;
  private final String run;
  private final Duration silentFor;
  private final Clock clock;

  VacuumSafety(PlanLog log, PlanWatch watch, String run, Duration silentFor, Clock clock) {
    this.log = log;
    this.watch = watch;
    this.run = run;
    this.silentFor = silentFor;
    this.clock = clock;
  }

  /**
   * For how long what was replaced stays.
   *
   * @param kept how many hours the table itself keeps it
   * @throws TributaryException CHANGE_REFUSED if less was asked for, and not accepted
   */
  static long hours(MaintenanceRequest request, Path table, long kept) {
    long least = Math.max(MaintenanceRequest.LEAST_RETENTION, kept);
    long hours =
        request.retainHours().isPresent()
            ? request.retainHours().getAsInt()
            : Math.max(least, request.datasetHours());
    if (hours < least && !request.shortRetention()) {
      throw new TributaryException(
          ErrorCode.CHANGE_REFUSED,
          "A vacuum of %s with --retain-hours %d is refused: the table keeps what was replaced for %d hours (delta.deletedFileRetentionDuration). Give at least %d, or accept less with --short-retention."
              .formatted(table, hours, kept, least));
    }
    return hours;
  }

  /**
   * Refuses a short retention while a run may still need older files.
   *
   * @throws TributaryException PLAN_CONFLICT
   */
  void requireQuiet(long hours, MaintenanceRequest request, StopSignal stop)
      throws InterruptedException {
    if (hours >= MaintenanceRequest.LEAST_RETENTION) {
      return;
    }
    List<String> others =
        Heartbeat.leftBy(log, MaintenanceUnit.SUFFIX, silentFor, clock).stream()
            .filter(other -> !other.equals(run))
            .toList();
    if (!others.isEmpty()) {
      throw new TributaryException(
          ErrorCode.PLAN_CONFLICT,
          "A vacuum of %s that leaves %d hours is refused while other maintenance runs may work on it: %s. Wait for their end; of one that is known to be dead remove its file in %s."
              .formatted(
                  log.folders().table(),
                  hours,
                  String.join(", ", others),
                  log.folders().alive("").getParent()));
    }
    Optional<Plan> open = watch.open();
    if (open.isPresent()
        && watch.done(open.get(), request.planWait(), stop).isEmpty()
        && !stop.requested()) {
      throw new TributaryException(
          ErrorCode.PLAN_CONFLICT,
          "A vacuum of %s that leaves %d hours is refused while plan %d, put by run %s, is not done: its files are not committed yet, and it may read older ones. Try again once it is done; ./tributary plan list shows it."
              .formatted(log.folders().table(), hours, open.get().plan(), open.get().run()));
    }
  }

  /**
   * Refuses a table whose folder holds what belongs to others: a vacuum takes all that the table
   * does not name.
   *
   * @param others folders of other tables and archives
   * @throws TributaryException CHANGE_REFUSED
   */
  static void requireAlone(Path table, Collection<String> others) {
    String own = place(table) + "/";
    for (String other : others) {
      if (place(new Path(other)).startsWith(own)) {
        throw new TributaryException(
            ErrorCode.CHANGE_REFUSED,
            "A vacuum of %s is refused, since %s lies in its folder and would be removed. Move one of them."
                .formatted(table, other));
      }
    }
  }

  /**
   * Refuses a table in whose folder a new one is being made: its files are not the table's own yet.
   *
   * @param underWay the new tables
   * @throws TributaryException CHANGE_REFUSED
   */
  static void requireNoRebuild(Path table, List<Path> underWay) {
    if (!underWay.isEmpty()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "A vacuum of %s is refused while it is rebuilt: the files of %s would be removed."
              .formatted(table, underWay.get(0)),
          "Let ./tributary rebuild come to its end, or give it up with --abandon.");
    }
  }

  /** The schemes of S3 mean the same. */
  private static String place(Path path) {
    String authority = path.toUri().getAuthority();
    return (authority == null ? "" : authority) + path.toUri().getPath();
  }
}
