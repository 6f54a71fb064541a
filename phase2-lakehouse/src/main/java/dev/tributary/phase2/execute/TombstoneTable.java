package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableColumn;
import dev.tributary.phase2.table.TableDefinition;
import io.delta.tables.DeltaTable;
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
 * that makes no version. Rows are only added; of an upsert's key the greatest counts.
 */
final class TombstoneTable {
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

  private static final StructField ROW =
      new StructField(Coordinates.ROW, DataTypes.IntegerType, true, Metadata.empty());

  private final SparkSession session;
  private final DeltaTransactions transactions;
  private final Path table;

  TombstoneTable(SparkSession session, Path table) {
    this.session = session;
    this.transactions = new DeltaTransactions(session);
    this.table = table;
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
    if (!transactions.exists(table)) {
      return Optional.empty();
    }
    Column own =
        Names.column(Quarantine.PLAN)
            .equalTo(plan.plan())
            .and(Names.column(Quarantine.GENERATION).leq(plan.generation()));
    return Optional.of(
        layout.numbered(session.read().format("delta").load(table.toString()).filter(not(own))));
  }

  /**
   * Writes the deleted keys, once.
   *
   * @param deleted key columns, {@link #ORDER}, the coordinates and {@link #BY_TOMBSTONE}
   * @return the version that bears the plan
   */
  Optional<Long> write(Plan plan, PlanMark mark, KeyedLayout layout, Dataset<Row> deleted) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (!pending.borne()) {
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

  /** Keeps every other run from writing rows of the plan, which this one removes. */
  void close(Plan plan, PlanMark mark, KeyedLayout layout) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    pending.createIfAbsent(new TableDefinition(schema(layout), List.of(), Map.of()));
    pending.commit(plan.id());
  }
}
