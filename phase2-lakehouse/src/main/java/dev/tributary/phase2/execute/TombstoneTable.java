package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableColumn;
import dev.tributary.phase2.table.TableDefinition;
import dev.tributary.phase2.table.TableState;
import dev.tributary.storage.FaultPoint;
import io.delta.tables.DeltaTable;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What deletes leave behind, in a Delta table beside the dataset's: of every record without a value
 * its raw position, of every key that a hard delete removed the order; of a history each delete
 * that makes no version. Rows are added; of an upsert's key the greatest counts. Where old ones are
 * forgotten, the greatest of them all stay as rows without a key, whose plan is a negative number:
 * that of the plan that forgot, its sign turned, less one.
 */
final class TombstoneTable {
  static final String NAME = "tombstones table";

  /**
   * The greatest order that was known of the key, as a struct; null after soft deletes. Of a
   * history the delete's own.
   */
  static final String ORDER = "_order";

  /** Whether a record without a value deleted, and not an event that has an order. */
  static final String BY_TOMBSTONE = "_tombstone";

  /** The greatest order and position at which a key was deleted, as {@link KeyedLayout#rank}. */
  static final String DELETED_AT = "__tributary_deleted_at";

  /** The raw position of the key's last record without a value. */
  static final String TOMBSTONE_AT = "__tributary_tombstone_at";

  /** The greatest order and position among all forgotten deletes; null: none was forgotten. */
  static final String FORGOTTEN = "__tributary_forgotten";

  /** The greatest raw position among forgotten records without a value. */
  static final String FORGOTTEN_TOMBSTONE_AT = "__tributary_forgotten_tombstone_at";

  private static final StructField ROW =
      new StructField(Coordinates.ROW, DataTypes.IntegerType, true, Metadata.empty());

  private final SparkSession session;
  private final DeltaTransactions transactions;
  private final Path table;
  private final Optional<Long> least;

  TombstoneTable(SparkSession session, Path table) {
    this(session, table, Optional.empty());
  }

  /**
   * One that must be there.
   *
   * @param least the version that it has reached at least; empty: nothing is known of it
   */
  TombstoneTable(SparkSession session, Path table, Optional<Long> least) {
    this.session = session;
    this.transactions = new DeltaTransactions(session);
    this.table = table;
    this.least = least;
  }

  /** Its columns. */
  StructType schema(KeyedLayout layout) {
    StructType schema = layout.keySchema().add(ORDER, layout.orderType(session));
    for (StructField coordinate : Coordinates.schema().fields()) {
      schema = schema.add(coordinate);
    }
    schema =
        schema
            .add(BY_TOMBSTONE, DataTypes.BooleanType)
            .add(Quarantine.PLAN, DataTypes.LongType)
            .add(Quarantine.GENERATION, DataTypes.IntegerType);
    // Last, so that a table from before records were exploded only gets one column more.
    return numbers(layout) ? schema.add(ROW) : schema;
  }

  /** Whether its rows say which row of its record deleted. */
  private static boolean numbers(KeyedLayout layout) {
    return layout.coordinates().contains(Coordinates.ROW);
  }

  /**
   * The deleted keys as of before the plan; empty where nothing was ever deleted. What an earlier
   * attempt at the plan wrote is not among them, so that a plan done again sees what it saw first.
   *
   * @throws TributaryException TABLE_LOST
   */
  Optional<Dataset<Row>> before(Plan plan, KeyedLayout layout) {
    return each(plan, layout)
        .map(
            rows ->
                rows.groupBy(layout.keyColumns())
                    .agg(
                        max(KeyedLayout.rank(Names.column(ORDER), layout.position()))
                            .as(DELETED_AT),
                        max(when(Names.column(BY_TOMBSTONE), layout.position())).as(TOMBSTONE_AT)));
  }

  /** As {@link #before}, each delete by itself. */
  Optional<Dataset<Row>> each(Plan plan, KeyedLayout layout) {
    Optional<TableState> there = transactions.state(table);
    BesideTables.require(plan, NAME, table, there, least);
    if (there.isEmpty()) {
      return Optional.empty();
    }
    Column own =
        Names.column(Quarantine.PLAN)
            .equalTo(plan.plan())
            .and(Names.column(Quarantine.GENERATION).leq(plan.generation()));
    return Optional.of(
        layout.numbered(
            session
                .read()
                .format("delta")
                .load(table.toString())
                .filter(not(own).and(remembered()))));
  }

  private static Column remembered() {
    return Names.column(Quarantine.PLAN).geq(0L);
  }

  /**
   * What was forgotten: one row of {@link #FORGOTTEN} and {@link #FORGOTTEN_TOMBSTONE_AT}; empty
   * where there is no such table.
   */
  Optional<Dataset<Row>> forgotten(KeyedLayout layout) {
    return transactions.exists(table)
        ? Optional.of(
            layout
                .numbered(session.read().format("delta").load(table.toString()))
                .filter(not(remembered()))
                .agg(
                    max(KeyedLayout.rank(Names.column(ORDER), layout.position())).as(FORGOTTEN),
                    max(when(Names.column(BY_TOMBSTONE), layout.position()))
                        .as(FORGOTTEN_TOMBSTONE_AT)))
        : Optional.empty();
  }

  /** The newest plan that has forgotten something. */
  OptionalLong forgottenBy() {
    if (!transactions.exists(table)) {
      return OptionalLong.empty();
    }
    Row least =
        session
            .read()
            .format("delta")
            .load(table.toString())
            .filter(not(remembered()))
            .agg(min(Names.column(Quarantine.PLAN)))
            .head();
    return least.isNullAt(0) ? OptionalLong.empty() : OptionalLong.of(-least.getLong(0) - 1);
  }

  /**
   * Forgets deletes of records that were ingested before a time, but for those whose order is above
   * that of every later delete: a single one with an absurd order would make all that comes late.
   * Nothing is done as long as none is older than another, earlier time, so that it is not done for
   * a few at each plan. First the greatest of what is forgotten is kept, then the rest goes; a run
   * that dies in between has forgotten nothing, and its successor goes on.
   *
   * @param mark of the plan's commits
   * @param before epoch milliseconds
   * @param atAll epoch milliseconds
   */
  void forget(Plan plan, PlanMark mark, KeyedLayout layout, long before, long atAll) {
    Optional<TableState> state = transactions.state(table);
    if (state.isEmpty()) {
      return;
    }
    Dataset<Row> all =
        layout.numbered(
            session
                .read()
                .format("delta")
                .option("versionAsOf", state.get().version())
                .load(table.toString()));
    Dataset<Row> rows = all.filter(remembered());
    if (rows.filter(ingestedBefore(atAll)).isEmpty()) {
      return;
    }
    Row later =
        rows.filter(not(ingestedBefore(before))).agg(max(Names.column(ORDER)).as(ORDER)).head();
    Optional<Column> most = later.isNullAt(0) ? Optional.empty() : literal(later);
    if (most.isEmpty()) {
      return;
    }
    Column order = Names.column(ORDER);
    Column which =
        ingestedBefore(before)
            .and(remembered())
            .and(Names.column(Quarantine.PLAN).lt(plan.plan()))
            .and(order.isNull().or(order.leq(most.get())));
    if (rows.filter(which.and(ingestedBefore(atAll))).isEmpty()) {
      return;
    }
    keepGreatest(plan, mark, layout, state.get(), all.filter(which.or(not(remembered()))));
    FaultPoint.reach("phase2.forgotten-kept");
    Column earlier = not(remembered()).and(Names.column(Quarantine.PLAN).gt(forgetting(plan)));
    Contention.outlast(
        table, () -> DeltaTable.forPath(session, table.toString()).delete(which.or(earlier)));
  }

  private static Column ingestedBefore(long millis) {
    return Names.column(Coordinates.INGEST_TIME).lt(lit(new Timestamp(millis)));
  }

  /** What rows without a key have as their plan. */
  private static long forgetting(Plan plan) {
    return -plan.plan() - 1;
  }

  private void keepGreatest(
      Plan plan, PlanMark mark, KeyedLayout layout, TableState state, Dataset<Row> gone) {
    DeltaTransactions.Pending pending =
        transactions.begin(table, new PlanMark(mark.application() + ":forgotten", plan.plan()));
    if (pending.borne()) {
      return;
    }
    Dataset<Row> greatest =
        gone.orderBy(KeyedLayout.rank(Names.column(ORDER), layout.position()).desc())
            .limit(1)
            .unionByName(
                gone.filter(Names.column(BY_TOMBSTONE)).orderBy(layout.position().desc()).limit(1));
    List<Column> columns = new ArrayList<>();
    for (StructField field : state.schema().fields()) {
      Column value = Names.column(field.name());
      if (layout.keys().stream().anyMatch(field.name()::equalsIgnoreCase)) {
        value = lit(null);
      } else if (field.name().equals(Quarantine.PLAN)) {
        value = lit(forgetting(plan));
      } else if (field.name().equals(Quarantine.GENERATION)) {
        value = lit(plan.generation());
      }
      columns.add(value.cast(field.dataType()).as(field.name()));
    }
    pending.write(greatest.select(columns.toArray(Column[]::new)).coalesce(1));
    pending.commit(plan.id());
  }

  /** A struct of the order as a literal; empty where a value of it has none that is the same. */
  private static Optional<Column> literal(Row row) {
    StructType type = (StructType) row.schema().apply(0).dataType();
    Row order = row.getStruct(0);
    List<Column> fields = new ArrayList<>();
    for (int i = 0; i < type.length(); i++) {
      StructField field = type.fields()[i];
      boolean same =
          order.isNullAt(i) || order.get(i) instanceof Boolean || KeyRange.comparable(order.get(i));
      if (!same) {
        return Optional.empty();
      }
      fields.add(lit(order.get(i)).cast(field.dataType()).as(field.name()));
    }
    return Optional.of(struct(fields.toArray(Column[]::new)));
  }

  /**
   * Writes the deleted keys, once.
   *
   * @param deleted key columns, {@link #ORDER}, the coordinates and {@link #BY_TOMBSTONE}
   * @return the version that bears the plan
   * @throws TributaryException TABLE_LOST
   */
  Optional<Long> write(Plan plan, PlanMark mark, KeyedLayout layout, Dataset<Row> deleted) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (!pending.borne()) {
      BesideTables.require(plan, NAME, table, pending.state(), least);
      Dataset<Row> tagged =
          deleted
              .withColumn(Quarantine.PLAN, lit(plan.plan()))
              .withColumn(Quarantine.GENERATION, lit(plan.generation()))
              .coalesce(1);
      pending.createIfAbsent(new TableDefinition(schema(layout), List.of(), Map.of()));
      if (numbers(layout)) {
        pending.addIfAbsent(ROW);
      }
      pending.write(tagged);
      OptionalLong version = pending.commit(plan.id());
      if (version.isPresent()) {
        return Optional.of(version.getAsLong());
      }
    }
    return transactions.versionOf(table, mark);
  }

  /**
   * Calls the key and ordering columns as another version of the dataset does, and widens them with
   * it, once: the rows that are remembered stay what they are. So do types that are wider already,
   * where a change is done again after a RESTORE of the dataset's table alone. Columns that neither
   * version has, of another dataset that writes the table, stay too; {@link #write} adds what is
   * missing.
   */
  void follow(PlanMark mark, DatasetSpec before, DatasetSpec after) {
    if (!before.write().mode().keyed() || !after.write().mode().keyed()) {
      return;
    }
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    StructField[] past = schema(new KeyedLayout(before)).fields();
    StructField[] next = schema(new KeyedLayout(after)).fields();
    int common = Math.min(past.length, next.length);
    if (pending.state().isEmpty() || Arrays.equals(past, 0, common, next, 0, common)) {
      return;
    }
    List<TableColumn> columns = new ArrayList<>();
    for (StructField field : pending.state().get().schema().fields()) {
      StructField called =
          IntStream.range(0, common)
              .filter(i -> past[i].name().equalsIgnoreCase(field.name()))
              .mapToObj(i -> widened(field, next[i]))
              .findFirst()
              .orElse(field);
      columns.add(new TableColumn(called, Optional.of(field.name())));
    }
    pending.commit(
        new TableDefinition(columns, List.of(), Map.of(), Set.of()), Long.toString(mark.plan()));
  }

  private static StructField widened(StructField there, StructField next) {
    return new StructField(
        next.name(), widened(there.dataType(), next.dataType()), there.nullable(), next.metadata());
  }

  private static DataType widened(DataType there, DataType next) {
    if (there instanceof StructType before
        && next instanceof StructType after
        && before.length() == after.length()) {
      StructType fields = new StructType();
      for (int i = 0; i < after.length(); i++) {
        fields = fields.add(widened(before.fields()[i], after.fields()[i]));
      }
      return fields;
    }
    return DeltaTransactions.widens(next, there) ? there : next;
  }

  /**
   * Calls the key and ordering columns as a version of the dataset does, once. What was widened
   * stays so, since the wider type takes all values of the narrower.
   *
   * @param mark of this and nothing else
   */
  void callAs(PlanMark mark, KeyedLayout layout) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (pending.state().isEmpty() || pending.borne()) {
      return;
    }
    StructField[] there = pending.state().get().schema().fields();
    StructField[] wanted = schema(layout).fields();
    List<TableColumn> columns = new ArrayList<>();
    boolean differs = false;
    for (int i = 0; i < there.length; i++) {
      StructField field = i < wanted.length ? named(there[i], wanted[i]) : there[i];
      differs |= !field.dataType().sameType(there[i].dataType());
      differs |= !field.name().equals(there[i].name());
      columns.add(new TableColumn(field, Optional.of(there[i].name())));
    }
    String text = Long.toString(mark.plan());
    if (differs) {
      pending.commit(new TableDefinition(columns, List.of(), Map.of(), Set.of()), text);
      return;
    }
    // Marked all the same: a run that comes late must not undo what is done again by then.
    pending.commit(text);
  }

  private static StructField named(StructField there, StructField wanted) {
    if (there.dataType() instanceof StructType before
        && wanted.dataType() instanceof StructType after
        && before.length() == after.length()) {
      StructType named = new StructType();
      for (int i = 0; i < after.length(); i++) {
        named = named.add(after.fields()[i].name(), before.fields()[i].dataType());
      }
      return new StructField(wanted.name(), named, there.nullable(), wanted.metadata());
    }
    return new StructField(wanted.name(), there.dataType(), there.nullable(), wanted.metadata());
  }

  /**
   * Removes what plans after one have remembered in the generations before one. Done again it finds
   * nothing.
   */
  void forget(int generation, long after) {
    if (transactions.exists(table)) {
      DeltaTable.forPath(session, table.toString())
          .delete(
              Names.column(Quarantine.GENERATION)
                  .lt(generation)
                  .and(Names.column(Quarantine.PLAN).gt(after)));
    }
  }

  /** As {@link #close}, where there is such a table. */
  void closeIfThere(Plan plan, PlanMark mark) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (pending.state().isPresent()) {
      pending.commit(plan.id());
    }
  }

  /**
   * Keeps every other run from writing rows of a plan, of which this one leaves none here.
   *
   * @return the version that bears the plan
   * @throws TributaryException TABLE_LOST
   */
  Optional<Long> close(Plan plan, PlanMark mark, KeyedLayout layout) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    BesideTables.require(plan, NAME, table, pending.state(), least);
    pending.createIfAbsent(new TableDefinition(schema(layout), List.of(), Map.of()));
    pending.commit(plan.id());
    return transactions.versionOf(table, mark);
  }
}
