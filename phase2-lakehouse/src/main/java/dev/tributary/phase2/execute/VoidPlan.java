package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;

import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import io.delta.tables.DeltaTable;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** Carries out an operator's word that a plan writes nothing. */
final class VoidPlan {
  private final Plan plan;
  private final TableFolders folders;
  private final PlanMark mark;
  private final DeltaTransactions transactions;

  VoidPlan(Plan plan, TableFolders folders, PlanMark mark, DeltaTransactions transactions) {
    this.plan = plan;
    this.folders = folders;
    this.mark = mark;
    this.transactions = transactions;
  }

  /**
   * Marks the table first: that decides between the void and a run that still works on the plan.
   * Where that run was faster, the plan is finished instead.
   */
  void markTable() {
    transactions
        .begin(folders.table(), mark)
        .commit(Prepared.empty(plan.plan(), plan.id(), Prepared.VOID).json());
  }

  /** Removes what the plan had set aside, and keeps a run that still works on it from doing so. */
  void removeRows() {
    for (Path table : List.of(folders.quarantine(), folders.tombstones())) {
      if (transactions.state(table).isEmpty()) {
        continue;
      }
      transactions.begin(table, mark).commit(plan.id());
      DeltaTable.forPath(SparkSession.active(), table.toString())
          .delete(
              expr(
                  "%s = %d AND %s = %d"
                      .formatted(
                          Quarantine.PLAN, plan.plan(), Quarantine.GENERATION, plan.generation())));
    }
  }
}
