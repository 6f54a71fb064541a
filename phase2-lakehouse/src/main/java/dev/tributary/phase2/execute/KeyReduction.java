package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.struct;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.phase2.step.Coordinates;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;

/**
 * Reduces a batch to what each key's history in it comes down to, so that the table ends the same
 * however the events are cut into batches, and in whatever order the batches come.
 *
 * <p>A key's events, in raw position order, fold like this: an event applies if its order is not
 * below the greatest seen so far; a tombstone has no order, always applies over what came before
 * it, and keeps the greatest order. So the end of a history depends on two things: the event that
 * is greatest by order and then raw position, and the raw position of the last tombstone. Where the
 * tombstone is the later of the two the key is deleted, else the event decides. Both are maxima:
 * they come out the same however the history is divided.
 */
final class KeyReduction {
  /** The greatest event. */
  static final String BEST = "__tributary_best";

  /** The coordinates of the last tombstone. */
  static final String TOMBSTONE = "__tributary_tombstone";

  private static final String RANK = "__tributary_rank";

  private final DatasetSpec spec;
  private final KeyedLayout layout;

  KeyReduction(DatasetSpec spec, KeyedLayout layout) {
    this.spec = spec;
    this.layout = layout;
  }

  /**
   * The greatest event of each key. Every row is exchanged once and sorted once, and the greatest
   * is the first of its key: nothing of a row is copied before it has won.
   *
   * @param partitions in how many they lie afterwards, each with all events of its keys
   * @param diversion is told of each event
   */
  Dataset<Row> newest(Dataset<Row> rows, int partitions, Diversion diversion) {
    Dataset<Row> kept = left(spec, rows, diversion);
    WindowSpec newestFirst =
        Window.partitionBy(layout.keyColumns()).orderBy(KeyedLayout.descending(layout.rank()));
    return kept.filter(
            ArchiveRows.call(new CountEvents(diversion), Names.column(Coordinates.OFFSET)))
        // A number of partitions that stays, so that what is kept of them is partitioned by key.
        .repartition(partitions, layout.keyColumns())
        .withColumn(RANK, row_number().over(newestFirst))
        .filter(Names.column(RANK).equalTo(1))
        .select(ArchiveRows.columns(layout.keys(), List.of(layout.event(deletes()).as(BEST))));
  }

  /** Without the deletes that a dataset ignores, which are counted, so that none is missed. */
  static Dataset<Row> left(DatasetSpec spec, Dataset<Row> rows, Diversion diversion) {
    return spec.write().deletes() == Deletes.IGNORE
        ? rows.filter(
            not(deletes(spec))
                .or(
                    ArchiveRows.call(
                        new CountIgnored(diversion), Names.column(Coordinates.OFFSET))))
        : rows;
  }

  /** The last tombstone of each key. */
  Dataset<Row> lastTombstones(Dataset<Row> tombstones) {
    List<Column> coordinates = layout.positionFirst().stream().map(Names::column).toList();
    return tombstones
        .groupBy(layout.keyColumns())
        .agg(max(struct(coordinates.toArray(Column[]::new))).as(TOMBSTONE));
  }

  private Column deletes() {
    return deletes(spec);
  }

  /** Whether an event deletes; never null. */
  static Column deletes(DatasetSpec spec) {
    return spec.write()
        .deleteWhen()
        .map(predicate -> coalesce(expr(predicate), lit(false)))
        .orElse(lit(false));
  }
}
