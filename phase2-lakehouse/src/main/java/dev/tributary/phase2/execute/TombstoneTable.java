package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;

import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableDefinition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The keys that hard deletes removed, with the order and the raw position of the delete, in a Delta
 * table beside the dataset's. Rows are only added; of a key the greatest counts.
 */
final class TombstoneTable {
  /** The order of the delete, as a struct. */
  static final String ORDER = "_order";

  /** The greatest order and position at which a key was deleted, as {@link KeyedLayout#rank}. */
  static final String DELETED_AT = "__deleted_at";

  private final SparkSession session;
  private final DeltaTransactions transactions;
  private final Path table;

  TombstoneTable(SparkSession session, Path table) {
    this.session = session;
    this.transactions = new DeltaTransactions(session);
    this.table = table;
  }

  /**
   * The deleted keys as of before the plan; empty where nothing was ever deleted. What an earlier
   * attempt at the plan wrote is not among them, so that a plan done again sees what it saw first.
   */
  Optional<Dataset<Row>> before(Plan plan, KeyedLayout layout) {
    if (transactions.state(table).isEmpty()) {
      return Optional.empty();
    }
    Column own =
        Names.column(Quarantine.PLAN)
            .equalTo(plan.plan())
            .and(Names.column(Quarantine.GENERATION).equalTo(plan.generation()));
    Dataset<Row> rows =
        session
            .read()
            .format("delta")
            .load(table.toString())
            .filter(not(own))
            .groupBy(layout.keyColumns())
            .agg(max(KeyedLayout.rank(Names.column(ORDER), KeyedLayout.position())).as(DELETED_AT));
    return Optional.of(rows);
  }

  /**
   * Writes the deleted keys, once.
   *
   * @param deleted key columns, {@link #ORDER} and the coordinates
   */
  Optional<Long> write(Plan plan, PlanMark mark, Dataset<Row> deleted) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (!pending.borne()) {
      Dataset<Row> tagged =
          deleted
              .withColumn(Quarantine.PLAN, lit(plan.plan()))
              .withColumn(Quarantine.GENERATION, lit(plan.generation()))
              .coalesce(1);
      pending.createIfAbsent(
          new TableDefinition(tagged.schema().asNullable(), List.of(), Map.of()));
      pending.write(tagged);
      OptionalLong version = pending.commit(plan.id());
      if (version.isPresent()) {
        return Optional.of(version.getAsLong());
      }
    }
    return Optional.of(transactions.state(table).orElseThrow().version());
  }
}
