package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.BesideVersions;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import io.delta.tables.DeltaTable;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** Carries out an operator's word that a plan writes nothing. */
final class VoidPlan {
  private final Plan plan;
  private final DatasetSpec spec;
  private final PlanLog log;
  private final TableFolders folders;
  private final PlanMark mark;
  private final SparkSession session;

  VoidPlan(Plan plan, DatasetSpec spec, PlanLog log, PlanMark mark, SparkSession session) {
    this.plan = plan;
    this.spec = spec;
    this.log = log;
    this.folders = log.folders();
    this.mark = mark;
    this.session = session;
  }

  /**
   * Marks the table first: that decides between the void and a run that still works on the plan.
   * Where that run was faster, the plan is finished instead.
   */
  void markTable() {
    new DeltaTransactions(session)
        .begin(folders.table(), mark)
        .commit(Prepared.empty(plan.plan(), plan.id(), Prepared.VOID).json());
  }

  /**
   * Removes what the plan had set aside, and keeps a run that still works on it from doing so: each
   * table is marked before, and created for that if it is not there. One that was lost stays so:
   * there is nothing to remove, and nobody begins it anew.
   *
   * @param known what the tables have reached at least
   */
  void removeRows(BesideVersions known) {
    if (there(folders.quarantine(), known.quarantine())) {
      new Quarantine(session, folders.quarantine()).close(plan, mark);
      remove(folders.quarantine());
    }
    LateTable late = new LateTable(session, log, spec);
    if (spec.checks().routesLate() && there(folders.late(spec.name()), known.lateOf(spec.name()))) {
      late.close(mark, plan.datasetVersion(), plan.id());
      late.remove(plan);
    }
    if (spec.write().mode().keyed() && there(folders.tombstones(), known.tombstones())) {
      new TombstoneTable(session, folders.tombstones()).close(plan, mark, new KeyedLayout(spec));
      remove(folders.tombstones());
    }
  }

  private boolean there(Path table, Optional<Long> least) {
    return least.isEmpty()
        || !BesideTables.lost(new DeltaTransactions(session).state(table), least);
  }

  private void remove(Path table) {
    String own =
        "%s = %d AND %s <= %d"
            .formatted(Quarantine.PLAN, plan.plan(), Quarantine.GENERATION, plan.generation());
    Contention.outlast(
        table, () -> DeltaTable.forPath(session, table.toString()).delete(expr(own)));
  }
}
