package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;

import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.ReplaySelection;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableColumn;
import dev.tributary.phase2.table.TableDefinition;
import dev.tributary.phase2.table.TableState;
import io.delta.tables.DeltaTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The records that plans set aside, in a Delta table beside the dataset's. */
final class Quarantine {
  static final String NAME = "quarantine";
  static final String PLAN = "_plan";
  static final String GENERATION = "_generation";

  /** When a replay made rows of the record; the first replay brings the columns to the table. */
  static final String RESOLVED_AT = "_resolved_at";

  /** The plan that did. A row with it is history: its record does not stand here any more. */
  static final String RESOLVED_PLAN = "_resolved_plan";

  private static final String DATASET = "_dataset";

  /**
   * What keeps great values from filling the memory of who writes or reads them: files are of row
   * groups that are small, also by the number of their rows, since values may be compressed well
   * and a reader takes as many rows at a time as a group has; and no column is buffered for long.
   * And least and greatest values of the table's log are those of the columns before the values, so
   * that it quotes none.
   */
  private static final Map<String, String> PROPERTIES =
      Map.of(
          "parquet.block.size",
          Integer.toString(16 << 20),
          "parquet.page.size.row.check.min",
          "1",
          "parquet.page.size.row.check.max",
          "10",
          "parquet.block.row.count.limit",
          "200",
          "delta.dataSkippingNumIndexedCols",
          Integer.toString(reasonSchema().length()));

  private final SparkSession session;
  private final DeltaTransactions transactions;
  private final Path table;
  private final Optional<Long> least;

  Quarantine(SparkSession session, Path table) {
    this(session, table, Optional.empty());
  }

  /**
   * One that must be there.
   *
   * @param least the version that it has reached at least; empty: nothing is known of it
   */
  Quarantine(SparkSession session, Path table, Optional<Long> least) {
    this.session = session;
    this.transactions = new DeltaTransactions(session);
    this.table = table;
    this.least = least;
  }

  static StructType schema() {
    StructType schema = reasonSchema();
    for (StructField field : RecordValues.schema().fields()) {
      schema = schema.add(field);
    }
    return schema;
  }

  /** What {@link BadRecord#toRow} makes. */
  private static StructType reasonSchema() {
    StructType schema = Coordinates.schema();
    for (StructField field : BadRecord.reasonSchema().fields()) {
      schema = schema.add(field);
    }
    return schema
        .add(DATASET, DataTypes.StringType)
        .add("_dataset_version", DataTypes.LongType)
        .add(PLAN, DataTypes.LongType)
        .add(GENERATION, DataTypes.IntegerType);
  }

  /**
   * What a table from before values is made by the next commit that has some; empty: it has them.
   * Who knows nothing of them can go on writing to it.
   */
  static Optional<TableDefinition> withValues(TableState there) {
    List<String> names = List.of(there.schema().fieldNames());
    List<TableColumn> columns = new ArrayList<>();
    Stream.of(there.schema().fields()).map(TableColumn::same).forEach(columns::add);
    int before = columns.size();
    Stream.of(RecordValues.schema().fields())
        .filter(field -> !names.contains(field.name()))
        .map(field -> new TableColumn(field, Optional.empty()))
        .forEach(columns::add);
    return columns.size() == before
        ? Optional.empty()
        : Optional.of(new TableDefinition(columns, there.partitionBy(), PROPERTIES, Set.of()));
  }

  /**
   * Writes the records, once.
   *
   * @param values of the records
   * @return the version that bears the plan; empty where there is nothing to write
   * @throws TributaryException TABLE_LOST
   */
  Optional<Long> write(Plan plan, PlanMark mark, List<BadRecord> bad, RecordValues values) {
    if (bad.isEmpty()) {
      return Optional.empty();
    }
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (!pending.borne()) {
      BesideTables.require(plan, NAME, table, pending.state(), least);
      List<Row> rows =
          bad.stream()
              .map(
                  record ->
                      record.toRow(
                          plan.plan(), plan.generation(), plan.dataset(), plan.datasetVersion()))
              .toList();
      pending.createIfAbsent(definition());
      pending.state().flatMap(Quarantine::withValues).ifPresent(pending::define);
      pending.write(
          values
              .beside(session.createDataFrame(rows, reasonSchema()), bad)
              .select(ArchiveRows.columns(List.of(schema().fieldNames()), List.of())));
      OptionalLong version = pending.commit(plan.id());
      if (version.isPresent()) {
        return Optional.of(version.getAsLong());
      }
    }
    return transactions.versionOf(table, mark);
  }

  /** What plans before this one have set aside of the records that it reads. */
  Dataset<Row> before(Plan plan) {
    return unresolved().filter(expr(earlier(plan)));
  }

  /** What plans below a number have set aside for a dataset, of some codes and steps. */
  Dataset<Row> open(String dataset, int generation, long below, ReplaySelection selection) {
    Dataset<Row> rows =
        unresolved()
            .filter(
                Names.column(DATASET)
                    .equalTo(dataset)
                    .and(Names.column(GENERATION).leq(generation))
                    .and(Names.column(PLAN).lt(below)));
    if (!selection.codes().isEmpty()) {
      rows = rows.filter(Names.column("_code").isin(selection.codes().toArray()));
    }
    if (!selection.steps().isEmpty()) {
      rows = rows.filter(Names.column("_step").isin(selection.steps().toArray()));
    }
    return rows;
  }

  /** What a plan has set aside, in whichever generation. */
  Dataset<Row> of(Plan plan) {
    return all()
        .filter(
            Names.column(PLAN)
                .equalTo(plan.plan())
                .and(Names.column(GENERATION).leq(plan.generation())));
  }

  /** The rows of records that a replay has resolved. */
  Dataset<Row> resolvedBy(Plan plan) {
    return resolves()
        ? session
            .read()
            .format("delta")
            .load(table.toString())
            .filter(Names.column(RESOLVED_PLAN).equalTo(plan.plan()))
        : session.createDataFrame(List.<Row>of(), schema());
  }

  /** Whether a plan has set records aside here in an earlier generation. */
  boolean heldBefore(Plan plan) {
    return transactions.exists(table)
        && !session
            .read()
            .format("delta")
            .load(table.toString())
            .filter(
                Names.column(PLAN)
                    .equalTo(plan.plan())
                    .and(Names.column(GENERATION).lt(plan.generation())))
            .isEmpty();
  }

  private Dataset<Row> unresolved() {
    return unresolved(all());
  }

  /** Every row, resolved ones included. */
  Dataset<Row> all() {
    return transactions.exists(table)
        ? session.read().format("delta").load(table.toString())
        : session.createDataFrame(List.<Row>of(), schema());
  }

  /** True for the rows of records that were set aside for a dataset. */
  static Column ofDataset(String dataset) {
    return Names.column(DATASET).equalTo(dataset);
  }

  /** The rows of records that stand in the quarantine. */
  static Dataset<Row> unresolved(Dataset<Row> rows) {
    return List.of(rows.columns()).contains(RESOLVED_PLAN)
        ? rows.filter(Names.column(RESOLVED_PLAN).isNull())
        : rows;
  }

  /** The rows of records that stood in the quarantine when a plan began, done again or not. */
  static Dataset<Row> unresolved(Dataset<Row> rows, Plan plan) {
    return List.of(rows.columns()).contains(RESOLVED_PLAN)
        ? rows.filter(
            Names.column(RESOLVED_PLAN).isNull().or(Names.column(RESOLVED_PLAN).gt(plan.plan())))
        : rows;
  }

  /** Sees to it that rows can be marked as resolved. */
  void requireResolution() {
    if (resolves()) {
      return;
    }
    try {
      session.sql(
          "ALTER TABLE delta.%s ADD COLUMNS (%s TIMESTAMP, %s BIGINT)"
              .formatted(Names.quoted(table.toString()), RESOLVED_AT, RESOLVED_PLAN));
    } catch (Exception e) {
      // Another run may have brought them at the same time; Spark's analysis errors are checked.
      if (!resolves()) {
        throw e;
      }
    }
  }

  private boolean resolves() {
    return transactions
        .state(table)
        .filter(state -> List.of(state.schema().fieldNames()).contains(RESOLVED_PLAN))
        .isPresent();
  }

  /**
   * Takes those out. Done again it finds nothing, and what later plans set aside stays: a run that
   * comes back from the dead does no harm.
   */
  void release(Plan plan) {
    if (transactions.exists(table)) {
      Contention.outlast(
          table, () -> DeltaTable.forPath(session, table.toString()).delete(expr(earlier(plan))));
    }
  }

  private static String earlier(Plan plan) {
    return "%s AND %s <= %d AND %s < %d"
        .formatted(
            SourceCondition.of(plan.source()), GENERATION, plan.generation(), PLAN, plan.plan());
  }

  /**
   * Keeps every other run from writing records of a plan, of which this one leaves none here.
   *
   * @return the version that bears the plan
   * @throws TributaryException TABLE_LOST
   */
  Optional<Long> close(Plan plan, PlanMark mark) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    BesideTables.require(plan, NAME, table, pending.state(), least);
    pending.createIfAbsent(definition());
    pending.commit(plan.id());
    return transactions.versionOf(table, mark);
  }

  static TableDefinition definition() {
    return new TableDefinition(schema(), List.of(), PROPERTIES);
  }
}
