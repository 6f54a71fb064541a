package dev.tributary.phase2.rebuild;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.phase2.live.PlanTurns;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.VersionStart;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.storage.FaultPoint;
import dev.tributary.streaming.StopSignal;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives a rebuild up. First it says so beside the new table's plans, which each plan that cuts over
 * looks at before its commit; then it sees to it that the plans which were put before are done. So
 * what it removes after that is no table's, whoever else works on the rebuild.
 */
final class Abandonment {
  private final Metastore metastore;
  private final RebuildTarget target;
  private final PlanTurns turns;
  private final RebuildRemains remains;
  private final ReportOutput output;
  private final String run;

  Abandonment(
      Metastore metastore,
      RebuildTarget target,
      PlanTurns turns,
      RebuildRemains remains,
      ReportOutput output,
      String run) {
    this.metastore = metastore;
    this.target = target;
    this.turns = turns;
    this.remains = remains;
    this.output = output;
    this.run = run;
  }

  /**
   * Gives it up. A plan that cuts over and was left open is made void by that, unless its commit is
   * there.
   *
   * @param millis the time, epoch milliseconds
   * @throws TributaryException NOT_FOUND, CHANGE_REFUSED if the table was cut over
   */
  void of(long millis, StopSignal stop) throws InterruptedException {
    RebuildNotes notes = new RebuildNotes(target.rebuilt());
    if (!target.waits() && notes.begun().isEmpty()) {
      throw TributaryException.of(
          ErrorCode.NOT_FOUND,
          "No rebuild of dataset '%s' under version %d waits, or was begun."
              .formatted(target.dataset(), target.version()),
          "./tributary dataset history %s lists its versions.".formatted(target.dataset()));
    }
    requireNeverCutOver(target.live().latestAccount());
    notes.giveUp(run, millis);
    FaultPoint.reach("rebuild.given-up");
    Optional<PlanTurns.Standing> standing = turns.settled(stop);
    if (standing.isEmpty()) {
      return;
    }
    requireNeverCutOver(standing.get().account());
    if (target.waits()) {
      metastore.reportActivation(
          Activation.rejected(
              target.dataset(), target.version(), "Its rebuild was given up by --abandon.", run));
    }
    remains.discard(target.folders().rebuilt(target.version()));
    output.print(
        new RebuildReport(
            target.dataset(),
            target.live().folders().table().toString(),
            target.inForce(standing.get().account()),
            target.version(),
            RebuildReport.Outcome.ABANDONED,
            Optional.empty(),
            0,
            0,
            Map.of(),
            Optional.empty(),
            List.of()));
  }

  /** The files of a rebuild that was cut over to are the table's own. */
  private void requireNeverCutOver(Optional<PlanAccount> account) {
    boolean came =
        account
            .filter(last -> target.inForce(account) >= target.version())
            .map(last -> VersionStart.find(target.live(), target.dataset(), target.version(), last))
            .filter(start -> target.inForce(Optional.of(start)) == target.version())
            .flatMap(start -> target.live().planned(start.plan()))
            .filter(plan -> plan.kind() == PlanKind.CUTOVER)
            .isPresent();
    if (came) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The table of dataset '%s' was cut over to version %d, and has the files of its rebuild."
              .formatted(target.dataset(), target.version()),
          "./tributary rebuild --dataset %s removes what is left beside it; to have the table as it was, register the earlier version with --rebuild."
              .formatted(target.dataset()));
    }
  }
}
