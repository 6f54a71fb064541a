package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import dev.tributary.phase2.step.Coordinates;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Decides what becomes of the keys for which a batch holds a delete: that depends on the row that
 * is there and on what was deleted before. Such keys are few, so looking them up before the MERGE
 * is cheap, and the MERGE itself stays simple.
 */
final class Resolution {
  static final String ACTION = "__action";

  /** Writes the source's row, if it is not older than the target's. */
  static final String UPSERT = "upsert";

  /** Takes the row away. */
  static final String DELETE = "delete";

  /** Marks the row as deleted and leaves its values. */
  static final String MARK = "mark";

  /** A delete of a key that is not there. */
  static final String UNMATCHED = "unmatched";

  /** Older than what is there. */
  static final String LATE = "late";

  /** Whether a resolved key's outcome takes a row out of sight that was there. */
  static final String DELETED_ROW = "__deleted_row";

  /** The order to remember of a deleted key; null: none. */
  static final String REMEMBER = "__remember";

  private static final String PRESENT = "__present";
  private static final String TARGET_ORDER = "__target_order";
  private static final String TARGET_POSITION = "__target_position";

  private final KeyedLayout layout;
  private final boolean soft;

  Resolution(KeyedLayout layout, boolean soft) {
    this.layout = layout;
    this.soft = soft;
  }

  /**
   * The keys with their outcome.
   *
   * @param candidates key columns and the columns of {@link KeyReduction}
   * @param target the table's rows that may have these keys
   * @param deleted the keys that were deleted before
   */
  Dataset<Row> resolve(
      Dataset<Row> candidates, Dataset<Row> target, Optional<Dataset<Row>> deleted) {
    Seq<String> keys = CollectionConverters.asScala(layout.keys()).toSeq();
    Dataset<Row> current =
        target.select(
            ArchiveRows.columns(
                layout.keys(),
                List.of(
                    layout.order().as(TARGET_ORDER),
                    KeyedLayout.position().as(TARGET_POSITION),
                    lit(true).as(PRESENT))));
    Dataset<Row> rows = candidates.join(current, keys, "left_outer");
    String deletedAt = TombstoneTable.DELETED_AT;
    if (deleted.isPresent()) {
      rows = rows.join(deleted.get(), keys, "left_outer");
    }
    Column deletedRank = deleted.isPresent() ? Names.column(deletedAt) : lit(null);
    Column deletedOrder = deleted.isPresent() ? Names.column(deletedAt, "order") : lit(null);
    return rows.select(outcome(deletedRank, deletedOrder, deleted.isPresent()));
  }

  private Column[] outcome(Column deletedRank, Column deletedOrder, boolean remembered) {
    Column best = Names.column(KeyReduction.BEST);
    Column bestOrder = layout.order(KeyReduction.BEST);
    Column bestRank =
        KeyedLayout.guarded(
            KeyReduction.BEST,
            KeyedLayout.rank(bestOrder, KeyedLayout.position(KeyReduction.BEST)));
    Column present = coalesce(Names.column(PRESENT), lit(false));
    Column targetRank =
        when(
            Names.column(PRESENT),
            KeyedLayout.rank(Names.column(TARGET_ORDER), Names.column(TARGET_POSITION)));
    Column beforeOrder = layout.order(KeyReduction.BEFORE);
    Column beforeRank =
        KeyedLayout.guarded(
            KeyReduction.BEFORE,
            KeyedLayout.rank(beforeOrder, KeyedLayout.position(KeyReduction.BEFORE)));

    Column tombstone = Names.column(KeyReduction.TOMBSTONE).isNotNull();
    Column seenOrder =
        remembered
            ? greatest(beforeOrder, Names.column(TARGET_ORDER), deletedOrder)
            : greatest(beforeOrder, Names.column(TARGET_ORDER));
    Column seenRank = remembered ? greatest(targetRank, deletedRank) : targetRank;
    Column applies =
        best.isNotNull()
            .and(
                when(tombstone, seenOrder.isNull().or(bestOrder.geq(seenOrder)))
                    .otherwise(seenRank.isNull().or(bestRank.geq(seenRank))));
    applies = coalesce(applies, lit(false));
    Column bestDeletes = coalesce(Names.column(KeyReduction.BEST, KeyedLayout.DELETES), lit(false));
    Column eventDelete = applies.and(bestDeletes);
    Column tombstoneDelete = tombstone.and(org.apache.spark.sql.functions.not(applies));
    Column beforeWins =
        Names.column(KeyReduction.BEFORE)
            .isNotNull()
            .and(org.apache.spark.sql.functions.not(present).or(beforeRank.geq(targetRank)));
    beforeWins = coalesce(beforeWins, lit(false));

    List<Column> columns = new ArrayList<>();
    layout.keys().forEach(key -> columns.add(Names.column(key)));
    for (String value : layout.values()) {
      columns.add(
          when(tombstoneDelete, Names.column(KeyReduction.BEFORE, value))
              .otherwise(Names.column(KeyReduction.BEST, value))
              .as(value));
    }
    for (String coordinate : Coordinates.ALL) {
      columns.add(
          when(tombstoneDelete, Names.column(KeyReduction.TOMBSTONE, coordinate))
              .otherwise(Names.column(KeyReduction.BEST, coordinate))
              .as(coordinate));
    }
    columns.add(eventDelete.or(tombstoneDelete).as(TableLayout.DELETED));
    columns.add(
        (soft
                ? when(applies, lit(UPSERT))
                    .when(tombstoneDelete.and(beforeWins), lit(UPSERT))
                    .when(tombstoneDelete.and(present), lit(MARK))
                    .when(tombstoneDelete, lit(UNMATCHED))
                    .otherwise(lit(LATE))
                : when(applies.and(org.apache.spark.sql.functions.not(bestDeletes)), lit(UPSERT))
                    .when(eventDelete.or(tombstoneDelete).and(present), lit(DELETE))
                    .when(eventDelete.or(tombstoneDelete), lit(UNMATCHED))
                    .otherwise(lit(LATE)))
            .as(ACTION));
    columns.add(present.and(eventDelete.or(tombstoneDelete)).as(DELETED_ROW));
    columns.add(when(eventDelete, bestOrder).when(tombstoneDelete, seenOrder).as(REMEMBER));
    return columns.toArray(Column[]::new);
  }
}
