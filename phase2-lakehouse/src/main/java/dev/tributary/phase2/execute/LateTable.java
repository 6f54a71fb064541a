package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnLineage;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.HistoryColumns;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableColumn;
import dev.tributary.phase2.table.TableDefinition;
import dev.tributary.phase2.table.TableState;
import io.delta.tables.DeltaTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of a dataset that came too late for its table, in a Delta table of their own with the
 * columns of that one, and the plan, generation and dataset version that put them there.
 *
 * <p>Changes of columns reach it with the first late row after them: it stands under a version of
 * the dataset, as the table does, and goes on to the version of the plan that writes to it. A plan
 * of an earlier version, as those are that a RESTORE has done again, writes under the names and in
 * the types that the table has by then.
 */
final class LateTable {
  static final String NAME = "late table";

  private static final String VERSION = "_dataset_version";

  private final SparkSession session;
  private final DeltaTransactions transactions;
  private final PlanLog log;
  private final DatasetSpec spec;
  private final Path table;
  private final Optional<Long> least;

  /** Of a dataset, as a plan pins it. */
  LateTable(SparkSession session, PlanLog log, DatasetSpec spec) {
    this(session, log, spec, Optional.empty());
  }

  /**
   * One that must be there.
   *
   * @param least the version that it has reached at least; empty: nothing is known of it
   */
  LateTable(SparkSession session, PlanLog log, DatasetSpec spec, Optional<Long> least) {
    this.session = session;
    this.transactions = new DeltaTransactions(session);
    this.log = log;
    this.spec = spec;
    this.table = log.folders().late(spec.name());
    this.least = least;
  }

  /** Its columns by a version of the dataset, nullable all of them. */
  static StructType schema(DatasetSpec spec) {
    Set<String> ofTableAlone = new TreeSet<>();
    if (TableLayout.softDeletes(spec)) {
      ofTableAlone.add(TableLayout.DELETED);
    }
    if (spec.write().mode() == WriteMode.HISTORY) {
      ofTableAlone.addAll(
          List.of(HistoryColumns.VALID_FROM, HistoryColumns.VALID_TO, HistoryColumns.CURRENT));
      ofTableAlone.add(TableLayout.DELETED);
    }
    StructType schema = new StructType();
    for (StructField field : TableLayout.tableSchema(spec).fields()) {
      if (!ofTableAlone.contains(field.name())) {
        schema = schema.add(field);
      }
    }
    return schema
        .add(Quarantine.PLAN, DataTypes.LongType)
        .add(Quarantine.GENERATION, DataTypes.IntegerType)
        .add(VERSION, DataTypes.LongType);
  }

  /**
   * Writes the rows, once. Where another attempt has done so, they have to be as many as this one
   * counts.
   *
   * @param rows as the table would get them
   * @param settled how many they are, and how many of other records stand there already
   * @param gone finds these
   * @param always whether the table bears the plan also where there is no row
   * @return the version that bears the plan; empty where there is no row and none is to
   * @throws TributaryException UNACCOUNTED where they are not as many, TABLE_UNAVAILABLE where
   *     another attempt has put them there meanwhile, TABLE_LOST
   */
  Optional<Long> write(
      Plan plan,
      PlanMark mark,
      Supplier<Dataset<Row>> rows,
      Settlement.Settled<?> settled,
      GoneRecords gone,
      boolean always) {
    long expected = settled.diverted().routed();
    boolean nothing = settled.routed() == 0 && !always;
    if (expected > 0) {
      follow(plan, mark);
    }
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (!pending.borne() && nothing) {
      return Optional.empty();
    }
    if (!pending.borne()) {
      BesideTables.require(plan, NAME, table, pending.state(), least);
      pending.createIfAbsent(definition(plan.datasetVersion()));
      if (expected > 0) {
        write(plan, pending, rows.get(), expected);
      }
      OptionalLong version = pending.commit(plan.id());
      if (version.isPresent()) {
        return Optional.of(version.getAsLong());
      }
    }
    requireAsMany(plan, mark, settled, gone);
    return nothing ? Optional.empty() : transactions.versionOf(table, mark);
  }

  private void write(
      Plan plan, DeltaTransactions.Pending pending, Dataset<Row> rows, long expected) {
    long written = pending.write(arranged(plan, TableLayout.toTable(spec, rows), pending.state()));
    if (written != expected) {
      throw new TributaryException(
          ErrorCode.UNACCOUNTED,
          "Plan %d of dataset '%s' counts %d rows that are too late for the table, and %d came when they were read to be written to the late table. Nothing was written; make the transforms deterministic, or check the archive's files."
              .formatted(plan.plan(), spec.name(), expected, written));
    }
  }

  private void requireAsMany(
      Plan plan, PlanMark mark, Settlement.Settled<?> settled, GoneRecords gone) {
    long there = own(plan).map(Dataset::count).orElse(0L);
    // A void and the end of a generation mark the table before this one, and another run that has
    // committed the plan there has said how many they are.
    if (there == settled.routed() || transactions.bears(log.folders().table(), mark)) {
      return;
    }
    gone.requireCounted(settled.late());
    throw new TributaryException(
        ErrorCode.UNACCOUNTED,
        "Plan %d of dataset '%s' counts %d rows that are too late for the table, and an earlier attempt has left %d in the late table %s. The table was not written; finish the plan with the release and the transforms that began it, or make it void."
            .formatted(plan.plan(), spec.name(), settled.routed(), there, table));
  }

  /** The rows that a plan has put there in its generation, under the names of {@link #ofOthers}. */
  Optional<Dataset<Row>> own(Plan plan) {
    return rows().map(rows -> TableLayout.fromTable(spec, rows.filter(expr(of(plan)))));
  }

  private static String of(Plan plan) {
    return "%s = %d AND %s = %d"
        .formatted(Quarantine.PLAN, plan.plan(), Quarantine.GENERATION, plan.generation());
  }

  /** The table as it is created under a version of the dataset. */
  TableDefinition definition(long version) {
    return new TableDefinition(schema(spec), List.of(), Map.of(property(), Long.toString(version)));
  }

  /**
   * The table under a version of the dataset whose rows take the place of all that are there. Where
   * its columns are others, none goes on one that is there.
   */
  TableDefinition replacing(TableState state, long version) {
    StructType wanted = schema(spec);
    return TableColumn.alike(wanted, state.schema())
        ? definition(version)
        : new TableDefinition(
            TableColumn.fresh(wanted),
            List.of(),
            Map.of(property(), Long.toString(version)),
            Set.of());
  }

  private String property() {
    return TableLayout.versionProperty(spec.name());
  }

  /** The version of the dataset that the table stands under. */
  private long version(TableState state) {
    return Long.parseLong(state.properties().getOrDefault(property(), "0"));
  }

  private DatasetSpec known(long version) {
    return log.spec(spec.name(), version)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.LOG_CORRUPT,
                    "The late table %s stands under version %d of dataset '%s', whose spec is not beside the plan log. Restore it from the metastore."
                        .formatted(table, version, spec.name())));
  }

  /**
   * Gives the columns the names, types and comments of the plan's version, if the table stands
   * under an earlier one. It is a commit of its own, whose mark is none of a plan's.
   */
  private void follow(Plan plan, PlanMark mark) {
    long next = plan.datasetVersion();
    if (transactions.state(table).filter(state -> version(state) < next).isEmpty()) {
      return;
    }
    DeltaTransactions.Pending pending =
        transactions.begin(table, new PlanMark(mark.application() + ":columns", next));
    TableState state = pending.state().orElseThrow();
    if (version(state) < next) {
      BesideTables.require(plan, NAME, table, pending.state(), least);
      pending.commit(
          new TableDefinition(
              columns(state.schema(), known(version(state))),
              List.of(),
              Map.of(property(), Long.toString(next)),
              Set.of()),
          Long.toString(next));
    }
  }

  /** As a change of the dataset's columns changes those of its table. */
  private List<TableColumn> columns(StructType there, DatasetSpec before) {
    StructType wanted = schema(spec);
    ColumnLineage lineage = ColumnLineage.between(before, spec);
    List<TableColumn> columns = new ArrayList<>();
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (StructField field : there.fields()) {
      Optional<ColumnSpec> declared =
          before.columns().stream()
              .filter(column -> column.name().equalsIgnoreCase(field.name()))
              .findFirst();
      if (declared.isEmpty()) {
        names.add(field.name());
        columns.add(TableColumn.same(field));
        continue;
      }
      lineage
          .after(declared.get())
          .ifPresent(
              now -> {
                names.add(now.name());
                columns.add(new TableColumn(wanted.apply(now.name()), Optional.of(field.name())));
              });
    }
    for (StructField field : wanted.fields()) {
      if (names.add(field.name())) {
        columns.add(new TableColumn(field, Optional.empty()));
      }
    }
    return columns;
  }

  /** The rows with the columns that the table has, and has by this plan. */
  private Dataset<Row> arranged(Plan plan, Dataset<Row> rows, Optional<TableState> state) {
    StructType wanted = state.map(TableState::schema).orElseGet(() -> schema(spec));
    Map<String, Column> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : rows.columns()) {
      values.put(name, Names.column(name));
    }
    state
        .filter(there -> version(there) > plan.datasetVersion())
        .ifPresent(there -> callAs(known(version(there)), values));
    values.put(Quarantine.PLAN, lit(plan.plan()));
    values.put(Quarantine.GENERATION, lit(plan.generation()));
    values.put(VERSION, lit(plan.datasetVersion()));
    List<Column> columns = new ArrayList<>();
    for (StructField field : wanted.fields()) {
      columns.add(
          values.getOrDefault(field.name(), lit(null)).cast(field.dataType()).as(field.name()));
    }
    return rows.select(columns.toArray(Column[]::new)).coalesce(1);
  }

  /** Of a version before the table's: what is gone since has no column, others have their names. */
  private void callAs(DatasetSpec later, Map<String, Column> values) {
    ColumnLineage lineage = ColumnLineage.between(spec, later);
    Map<String, Column> declared = new TreeMap<>();
    for (ColumnSpec column : spec.columns()) {
      Optional<Column> value = Optional.ofNullable(values.remove(column.name()));
      Optional<String> now = lineage.after(column).map(ColumnSpec::name);
      if (value.isPresent() && now.isPresent()) {
        declared.put(now.get().toLowerCase(Locale.ROOT), value.get());
      }
    }
    values.putAll(declared);
  }

  /** The rows that plans before this one have put there of the records that it reads. */
  Optional<Dataset<Row>> before(Plan plan) {
    return rows().map(rows -> rows.filter(expr(earlier(plan))));
  }

  /** All rows as of now; empty: there is no such table. */
  Optional<Dataset<Row>> rows() {
    return transactions
        .state(table)
        .map(
            state ->
                session
                    .read()
                    .format("delta")
                    .option("versionAsOf", state.version())
                    .load(table.toString()));
  }

  /** The rows of records that a plan reads and has not put there itself. */
  Optional<Dataset<Row>> ofOthers(Plan plan) {
    Column own =
        Names.column(Quarantine.PLAN)
            .equalTo(plan.plan())
            .and(Names.column(Quarantine.GENERATION).leq(plan.generation()));
    return rows()
        .map(
            rows ->
                TableLayout.fromTable(
                    spec,
                    rows.filter(
                        expr(SourceCondition.of(plan.source(), spec.coordinates()))
                            .and(not(own)))));
  }

  /**
   * Takes out what plans before a plan that replaces have put there. Done again it finds nothing,
   * and what later plans have put there stays.
   */
  void release(Plan plan) {
    remove(earlier(plan));
  }

  private String earlier(Plan plan) {
    return "%s AND %s <= %d AND %s < %d"
        .formatted(
            SourceCondition.of(plan.source(), spec.coordinates()),
            Quarantine.GENERATION,
            plan.generation(),
            Quarantine.PLAN,
            plan.plan());
  }

  /** Takes out what a plan has put there, in whichever generation. */
  void remove(Plan plan) {
    remove(
        "%s = %d AND %s <= %d"
            .formatted(Quarantine.PLAN, plan.plan(), Quarantine.GENERATION, plan.generation()));
  }

  /**
   * Takes out what plans after one have put there in the generations before one. Done again it
   * finds nothing.
   */
  static void forget(SparkSession session, Path table, int generation, long after) {
    remove(
        session,
        table,
        "%s < %d AND %s > %d".formatted(Quarantine.GENERATION, generation, Quarantine.PLAN, after));
  }

  /** Takes out the rows for which a condition on the table's columns holds. */
  void remove(String condition) {
    remove(session, table, condition);
  }

  private static void remove(SparkSession session, Path table, String condition) {
    if (new DeltaTransactions(session).exists(table)) {
      Contention.outlast(
          table, () -> DeltaTable.forPath(session, table.toString()).delete(expr(condition)));
    }
  }

  /** Keeps every other run from writing rows of the plan; where there is none, it is created. */
  void close(PlanMark mark, long datasetVersion, String text) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    pending.createIfAbsent(definition(datasetVersion));
    pending.commit(text);
  }

  /** As {@link #close}, where there is one. */
  void closeIfThere(PlanMark mark, String text) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (pending.state().isPresent()) {
      pending.commit(text);
    }
  }
}
