package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.phase2.step.Coordinates;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Reduces a batch to what each key's history in it comes down to, so that the table ends the same
 * however the events are cut into batches.
 *
 * <p>A key's events, in raw position order, fold like this: an event applies if its order is not
 * below the greatest seen so far; a tombstone has no order, always applies over what came before
 * it, and keeps the greatest order. So all that matters of a batch is the last tombstone, the
 * newest event after it, and the newest event before it.
 */
final class KeyReduction {
  /** The newest event; with a tombstone, the newest after it. */
  static final String BEST = "__best";

  /** The newest event before the last tombstone. */
  static final String BEFORE = "__before";

  /** The coordinates of the last tombstone. */
  static final String TOMBSTONE = "__tombstone";

  /** How many events a key has. */
  static final String RECORDS = "__records";

  private final DatasetSpec spec;
  private final KeyedLayout layout;

  KeyReduction(DatasetSpec spec, KeyedLayout layout) {
    this.spec = spec;
    this.layout = layout;
  }

  /** The newest event of each key, and how many it has; right where there are no tombstones. */
  Dataset<Row> newest(Dataset<Row> rows) {
    return kept(rows)
        .groupBy(layout.keyColumns())
        .agg(max_by(layout.event(deletes()), rank()).as(BEST), count(lit(1)).as(RECORDS));
  }

  /** The last tombstone of each key. */
  Dataset<Row> lastTombstones(Dataset<Row> tombstones) {
    List<Column> coordinates = new ArrayList<>();
    Coordinates.RAW_POSITION.forEach(name -> coordinates.add(Names.column(name)));
    Coordinates.ALL.stream()
        .filter(name -> !Coordinates.RAW_POSITION.contains(name))
        .forEach(name -> coordinates.add(Names.column(name)));
    return tombstones
        .groupBy(layout.keyColumns())
        .agg(max(struct(coordinates.toArray(Column[]::new))).as(TOMBSTONE));
  }

  /**
   * The keys that have a tombstone.
   *
   * @param rows the batch's events, of any key
   */
  Dataset<Row> aroundTombstones(Dataset<Row> rows, Dataset<Row> lastTombstones) {
    Column after = KeyedLayout.position().gt(KeyedLayout.position(TOMBSTONE));
    Column event = layout.event(deletes());
    Dataset<Row> events =
        kept(rows)
            .join(lastTombstones, layout.keys().toArray(String[]::new))
            .groupBy(layout.keyColumns())
            .agg(
                max_by(event, when(after, rank())).as("__newest_after"),
                max_by(event, when(not(after), rank())).as("__newest_before"),
                max(when(after, lit(true))).as("__any_after"),
                max(when(not(after), lit(true))).as("__any_before"));
    Dataset<Row> joined =
        lastTombstones.join(
            events,
            scala.jdk.javaapi.CollectionConverters.asScala(layout.keys()).toSeq(),
            "left_outer");
    return joined.select(
        ArchiveRows.columns(
            layout.keys(),
            List.of(
                when(Names.column("__any_after"), Names.column("__newest_after")).as(BEST),
                when(Names.column("__any_before"), Names.column("__newest_before")).as(BEFORE),
                Names.column(TOMBSTONE))));
  }

  private Dataset<Row> kept(Dataset<Row> rows) {
    return spec.write().deletes() == Deletes.IGNORE ? rows.filter(not(deletes())) : rows;
  }

  private Column rank() {
    return KeyedLayout.rank(layout.order(), KeyedLayout.position());
  }

  private Column deletes() {
    return spec.write()
        .deleteWhen()
        .map(predicate -> coalesce(expr(predicate), lit(false)))
        .orElse(lit(false));
  }
}
