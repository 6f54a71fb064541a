package dev.tributary.phase2.execute;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.Succession;
import dev.tributary.phase2.table.PlanMark;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * The late tables of all datasets that write a table, as a RESTORE of that one concerns them. In a
 * log whose format says that there are none, the store is not asked for any.
 */
final class LateTables {
  private final PlanLog log;

  LateTables(PlanLog log) {
    this.log = log;
  }

  /** Where they are, or may be. */
  List<Path> folders() {
    return inForce().keySet().stream().map(log.folders()::late).toList();
  }

  private Map<String, Long> inForce() {
    return log.latestAccount()
        .filter(done -> done.format() >= Plan.SECOND_FORMAT)
        .map(PlanAccount::inForce)
        .orElse(Map.of());
  }

  /**
   * Keeps every run that still works on a plan of the generation from putting rows there: a table
   * that may be written is created for that if need be.
   *
   * @param open the plan that may not be done
   */
  void close(SparkSession session, Optional<Plan> open, PlanMark mark, String text) {
    inForce()
        .forEach(
            (dataset, version) ->
                close(
                    session,
                    dataset,
                    open.filter(plan -> plan.dataset().equals(dataset))
                        .map(Plan::datasetVersion)
                        .orElse(version),
                    mark,
                    text));
  }

  private void close(
      SparkSession session, String dataset, long version, PlanMark mark, String text) {
    DatasetSpec spec = log.spec(dataset, version).orElseThrow();
    LateTable late = new LateTable(session, log, spec);
    Contention.outlast(
        log.folders().late(dataset),
        () -> {
          if (spec.checks().routesLate()) {
            late.close(mark, version, text);
          } else {
            late.closeIfThere(mark, text);
          }
        });
  }

  /** Takes out what plans after the state of a generation have put there before it began. */
  void forget(SparkSession session, Succession succession) {
    Optional<PlanAccount> state =
        succession.state() < 0 ? Optional.empty() : log.account(succession.state());
    List<Plan> again =
        LongStream.rangeClosed(succession.state() + 1, succession.through())
            .mapToObj(log::toDoAgain)
            .flatMap(Optional::stream)
            .filter(plan -> plan.format() >= Plan.SECOND_FORMAT)
            .toList();
    Set<String> datasets = new TreeSet<>();
    state
        .filter(done -> done.format() >= Plan.SECOND_FORMAT)
        .ifPresent(done -> datasets.addAll(done.inForce().keySet()));
    again.forEach(plan -> datasets.add(plan.dataset()));
    for (String dataset : datasets) {
      LateTable.forget(
          session, log.folders().late(dataset), succession.generation(), succession.state());
    }
  }
}
