package dev.tributary.cli.status;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.spec.SpecState;
import java.util.Optional;

/**
 * What a situation means, the gravest first.
 *
 * @param cause by code
 * @param next the command to run next
 */
record Diagnosis(DatasetStatus.State state, Optional<String> cause, Optional<String> next) {

  static Diagnosis of(Situation situation) {
    String reconcile = "./tributary reconcile --dataset " + situation.dataset();
    String phase1 = "./tributary phase1 --source " + situation.source();
    String phase2 = "./tributary phase2 --dataset " + situation.dataset();
    if (situation.finding().isPresent()) {
      return new Diagnosis(
          DatasetStatus.State.UNACCOUNTED,
          Optional.of(ErrorCode.UNACCOUNTED.code() + ": " + situation.finding().get()),
          Optional.of(reconcile + " --deep"));
    }
    if (situation.specState() == SpecState.RETIRED) {
      return new Diagnosis(DatasetStatus.State.RETIRED, Optional.empty(), Optional.empty());
    }
    if (situation.specState() == SpecState.PAUSED) {
      return new Diagnosis(DatasetStatus.State.PAUSED, Optional.empty(), Optional.empty());
    }
    if (situation.phase2().is(RunReport.State.FAILED)) {
      return new Diagnosis(
          DatasetStatus.State.FAILED,
          situation.phase2().error(),
          Optional.of(afterFailure(situation, phase2)));
    }
    if (situation.phase1().is(RunReport.State.FAILED)) {
      return new Diagnosis(
          DatasetStatus.State.FAILED, situation.phase1().error(), Optional.of(phase1));
    }
    if (situation.phase1().alive() && situation.phase1().is(RunReport.State.RETRYING)) {
      return new Diagnosis(
          DatasetStatus.State.RETRYING, situation.phase1().error(), Optional.empty());
    }
    if (situation.phase2().alive() && situation.phase2().is(RunReport.State.RETRYING)) {
      return new Diagnosis(
          DatasetStatus.State.RETRYING, situation.phase2().error(), Optional.empty());
    }
    if (situation.toArchive() > 0 && !situation.archiving()) {
      return idle("records wait in Kafka and no phase 1 runs", phase1);
    }
    boolean toWrite = situation.toWrite() > 0 || situation.openPlan().isPresent();
    if (toWrite && !situation.writing()) {
      return idle("records wait in the archive and no phase 2 runs", phase2);
    }
    return new Diagnosis(DatasetStatus.State.RUNNING, Optional.empty(), Optional.empty());
  }

  private static Diagnosis idle(String cause, String next) {
    return new Diagnosis(DatasetStatus.State.IDLE, Optional.of(cause), Optional.of(next));
  }

  /** A plan that was not admitted wants a ruling; anything else is tried again. */
  private static String afterFailure(Situation situation, String again) {
    boolean notAdmitted =
        situation
            .phase2()
            .report()
            .flatMap(RunReport::errorCode)
            .filter(ErrorCode.PLAN_NOT_ADMITTED.code()::equals)
            .isPresent();
    if (!notAdmitted || situation.openPlan().isEmpty()) {
      return again;
    }
    return "./tributary plan accept %d --dataset %s --by NAME --reason TEXT   (or plan void ...)"
        .formatted(situation.openPlan().getAsLong(), situation.dataset());
  }
}
