package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/**
 * A plan that reads records, with all that writing it needs.
 *
 * @param plan the plan
 * @param spec the dataset as the plan pins it
 * @param dataset its session and steps
 * @param folders where its tables lie
 * @param mark what its commits bear
 * @param size how much it reads
 * @param limitsLifted whether an operator has accepted it
 */
record PlanWork(
    Plan plan,
    DatasetSpec spec,
    DatasetSession dataset,
    TableFolders folders,
    PlanMark mark,
    SourceSize size,
    boolean limitsLifted) {
  SparkSession session() {
    return dataset.session();
  }

  DeltaTransactions transactions() {
    return new DeltaTransactions(session());
  }

  Quarantine quarantine() {
    return new Quarantine(session(), folders.quarantine());
  }

  ArchiveRows rows() {
    return new ArchiveRows(dataset, spec, new ArchiveReader());
  }

  /**
   * Refuses what a pass has shown to be too bad.
   *
   * @param before what an earlier attempt set aside, and this pass left out
   */
  void admit(Diverted diverted, List<SetAside> before) {
    if (!before.isEmpty() && diverted.badCount() > 0) {
      BadRecord first = diverted.bad().get(0);
      throw new TributaryException(
          ErrorCode.PLAN_NOT_REPEATABLE,
          "Plan %d of dataset '%s' sets aside a record that its first attempt could use: %s (%s). Make the transforms deterministic, then rule on the plan."
              .formatted(plan.plan(), spec.name(), first.id(), first.message()));
    }
    if (diverted.badCount() > diverted.bad().size() || diverted.badCount() > TaskTally.KEPT) {
      throw new TributaryException(
          ErrorCode.PLAN_NOT_ADMITTED,
          "Plan %d of dataset '%s' has %d bad records, more than one plan can set aside (%d). Void it and lower maxRecordsPerBatch."
              .formatted(plan.plan(), spec.name(), diverted.badCount(), TaskTally.KEPT));
    }
    double share = size.records() == 0 ? 0 : (double) diverted.badCount() / size.records();
    if (!limitsLifted
        && size.records() >= spec.breaker().minRecords()
        && share > spec.breaker().share()) {
      BadRecord first = diverted.bad().get(0);
      throw new TributaryException(
          ErrorCode.PLAN_NOT_ADMITTED,
          "Plan %d of dataset '%s' would set aside %d of %d records, more than the breaker's share of %s; the first: %s at %s. Correct the dataset or the data, then accept or void the plan."
              .formatted(
                  plan.plan(),
                  spec.name(),
                  diverted.badCount(),
                  size.records(),
                  spec.breaker().share(),
                  first.message(),
                  first.id()));
    }
  }
}
