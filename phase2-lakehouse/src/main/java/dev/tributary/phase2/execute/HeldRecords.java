package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.TableState;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Finds by their coordinates the records that a table, its quarantine, its tombstones or its late
 * table hold. What the plan itself has set aside or deleted already is not among them, so that a
 * plan done again sees what it saw first; nor is what a replay has resolved, which the table must
 * hold.
 */
final class HeldRecords {
  private final SparkSession session;
  private final PlanLog log;
  private final TableFolders folders;
  private final DatasetSpec spec;

  HeldRecords(SparkSession session, PlanLog log, DatasetSpec spec) {
    this.session = session;
    this.log = log;
    this.folders = log.folders();
    this.spec = spec;
  }

  /** The coordinates, each once; among them may be some that are not in the archive. */
  Dataset<Row> of(Plan plan) {
    Column own =
        Names.column(Quarantine.PLAN)
            .equalTo(plan.plan())
            .and(Names.column(Quarantine.GENERATION).leq(plan.generation()));
    return rows(folders.table(), plan, lit(true))
        .union(rows(folders.quarantine(), plan, not(own)))
        .union(rows(folders.tombstones(), plan, not(own)))
        .union(late(plan))
        .distinct();
  }

  private Dataset<Row> late(Plan plan) {
    return coordinates(
        new LateTable(session, log, spec)
            .ofOthers(plan)
            .orElseGet(() -> session.createDataFrame(List.<Row>of(), Coordinates.schema())));
  }

  /** As of now, whatever is committed while the rows are computed. */
  private Dataset<Row> rows(Path table, Plan plan, Column which) {
    Optional<TableState> state = new DeltaTransactions(session).state(table);
    if (state.isEmpty()) {
      return coordinates(session.createDataFrame(List.<Row>of(), Coordinates.schema()));
    }
    Dataset<Row> rows =
        session
            .read()
            .format("delta")
            .option("versionAsOf", state.get().version())
            .load(table.toString());
    Dataset<Row> there = rows;
    if (table.equals(folders.quarantine())) {
      there = Quarantine.unresolved(rows, plan);
    }
    if (table.equals(folders.table())) {
      there = TableLayout.fromTable(spec, rows);
    }
    return coordinates(there.filter(expr(SourceCondition.of(plan.source()))).filter(which));
  }

  private static Dataset<Row> coordinates(Dataset<Row> rows) {
    return rows.select(Coordinates.RECORD.stream().map(Names::column).toArray(Column[]::new));
  }
}
