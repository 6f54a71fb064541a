package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.lag;
import static org.apache.spark.sql.functions.lead;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.when;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.HistoryColumns;
import dev.tributary.phase2.step.Coordinates;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Makes versions of events. The events of a key stand one after the other by order and then raw
 * position; each that is no delete is a version, valid from its own time to that of the event after
 * it. That depends on nothing but which events there are, so that the table ends the same however
 * they are cut into batches and in whatever order the batches come.
 */
final class HistoryVersions {
  static final String ACTION = "__tributary_action";

  /** A version that the table lacks. */
  static final String INSERT = "insert";

  /** A version of the table whose end another event has moved. */
  static final String CORRECT = "correct";

  /** A delete that makes no version, and must not be forgotten. */
  static final String REMEMBER = "remember";

  /** Whether a delete of the batch comes right after something that is none. */
  static final String ENDS = "__tributary_ends";

  private static final String LEAST = "__tributary_least";
  private static final String COPY = "__tributary_copy";
  private static final String POSITION = "__tributary_position";
  private static final String FROM = "__tributary_from";
  private static final String NEXT = "__tributary_next";
  private static final String LAST = "__tributary_last";

  private final KeyedLayout layout;
  private final List<String> identity;
  private final boolean soft;

  HistoryVersions(DatasetSpec spec) {
    this.layout = new KeyedLayout(spec);
    this.identity = Coordinates.row(spec);
    this.soft = TableLayout.softDeletes(spec);
  }

  /** From when on an event is valid. */
  Column from() {
    return Names.column(HistoryEvents.ORDER).getField(layout.orderBy().get(0));
  }

  /**
   * Which versions can be touched by events that are valid from a time on: those that end before
   * have been followed by another event, and go on to be.
   */
  static Column reaches(Column validTo, Column from) {
    return validTo.isNull().or(validTo.geq(from));
  }

  /** The versions of a table that a batch may touch. */
  Dataset<Row> reached(Dataset<Row> table, Dataset<Row> batch) {
    Dataset<Row> least = batch.groupBy(layout.keyColumns()).agg(min(from()).as(LEAST));
    return table
        .join(least, keys())
        .filter(reaches(Names.column(HistoryColumns.VALID_TO), Names.column(LEAST)))
        .drop(LEAST);
  }

  /** The remembered deletes that stand among a batch's events. */
  Dataset<Row> ofSameKeys(Dataset<Row> deletes, Dataset<Row> batch) {
    return deletes.join(batch.select(layout.keyColumns()), keys(), "left_semi");
  }

  private scala.collection.immutable.Seq<String> keys() {
    return CollectionConverters.asScala(layout.keys()).toSeq();
  }

  /**
   * What is to be done.
   *
   * @param events as {@link HistoryEvents} lays them out; of each key the batch's, the versions
   *     that these {@linkplain #reaches reach} and the remembered deletes
   */
  Dataset<Row> resolve(Dataset<Row> events) {
    Column[] record =
        Stream.concat(layout.keys().stream(), identity.stream())
            .map(Names::column)
            .toArray(Column[]::new);
    WindowSpec copies =
        Window.partitionBy(record).orderBy(Names.column(HistoryEvents.ORIGIN).asc());
    WindowSpec history =
        Window.partitionBy(layout.keyColumns())
            .orderBy(Names.column(HistoryEvents.ORDER).asc(), Names.column(POSITION).asc());
    Column deleted = Names.column(TableLayout.DELETED);
    // One exchange for both windows, which Spark would not find by itself.
    return events
        .repartition(layout.keyColumns())
        .withColumn(COPY, row_number().over(copies))
        .filter(Names.column(COPY).equalTo(1))
        .withColumn(POSITION, layout.position())
        .withColumn(FROM, from())
        .withColumn(NEXT, lead(Names.column(FROM), 1).over(history))
        .withColumn(LAST, lead(Names.column(HistoryEvents.ORIGIN), 1).over(history).isNull())
        .withColumn(
            ENDS,
            is(HistoryEvents.BATCH)
                .and(deleted)
                .and(coalesce(not(lag(deleted, 1).over(history)), lit(false))))
        .withColumn(ACTION, action(deleted))
        .filter(Names.column(ACTION).isNotNull())
        .select(outcome());
  }

  private Column action(Column deleted) {
    Column version = soft ? lit(true) : not(deleted);
    Column asItStands =
        Names.column(HistoryColumns.VALID_TO)
            .eqNullSafe(Names.column(NEXT))
            .and(Names.column(HistoryColumns.CURRENT).eqNullSafe(Names.column(LAST)));
    return when(is(HistoryEvents.BATCH).and(version), lit(INSERT))
        .when(is(HistoryEvents.BATCH), lit(REMEMBER))
        .when(is(HistoryEvents.TABLE).and(not(asItStands)), lit(CORRECT));
  }

  private Column[] outcome() {
    List<Column> columns = new ArrayList<>();
    for (List<String> names : List.of(layout.keys(), layout.values(), layout.coordinates())) {
      names.forEach(name -> columns.add(Names.column(name)));
    }
    columns.add(Names.column(TableLayout.DELETED));
    columns.add(Names.column(FROM).as(HistoryColumns.VALID_FROM));
    columns.add(Names.column(NEXT).as(HistoryColumns.VALID_TO));
    columns.add(Names.column(LAST).as(HistoryColumns.CURRENT));
    columns.add(
        coalesce(Names.column(TombstoneTable.BY_TOMBSTONE), lit(false))
            .as(TombstoneTable.BY_TOMBSTONE));
    columns.add(Names.column(HistoryEvents.ORDER));
    columns.add(Names.column(ACTION));
    columns.add(Names.column(ENDS));
    return columns.toArray(Column[]::new);
  }

  private static Column is(int origin) {
    return Names.column(HistoryEvents.ORIGIN).equalTo(origin);
  }
}
