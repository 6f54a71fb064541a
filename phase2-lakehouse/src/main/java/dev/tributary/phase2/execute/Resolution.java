package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Decides what becomes of the keys for which there are deletes to weigh: that depends on the row
 * that is there and on what was deleted before. Such keys are few, so looking them up before the
 * MERGE is cheap, and the MERGE itself stays simple.
 *
 * <p>An event and a row are compared by order and then raw position; a tombstone is compared with
 * both by raw position alone, wherever it was met: in this batch, or in one before.
 */
final class Resolution {
  static final String ACTION = "__tributary_action";

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
  static final String DELETED_ROW = "__tributary_deleted_row";

  /** Whether the key's event deletes or is deleted, which the table cannot remember. */
  static final String REMEMBER_EVENT = "__tributary_remember_event";

  /** The greatest order that is known of the key. */
  static final String KNOWN_ORDER = "__tributary_known_order";

  private static final String PRESENT = "__tributary_present";
  private static final String TARGET_ORDER = "__tributary_target_order";
  private static final String TARGET_POSITION = "__tributary_target_position";

  private final KeyedLayout layout;
  private final boolean soft;

  Resolution(KeyedLayout layout, boolean soft) {
    this.layout = layout;
    this.soft = soft;
  }

  /** Whether a key cannot simply be merged. */
  Column contested() {
    Column below = layout.position(KeyReduction.BEST).lt(Names.column(TombstoneTable.TOMBSTONE_AT));
    return Names.column(KeyReduction.TOMBSTONE)
        .isNotNull()
        .or(coalesce(Names.column(KeyReduction.BEST, KeyedLayout.DELETES), lit(false)))
        .or(coalesce(below, lit(false)))
        .or(forgotten());
  }

  /**
   * Whether the key's event is not newer than deletes that nobody remembers key by key any more: it
   * may be one that was deleted, if the table has no row of the key.
   */
  private Column forgotten() {
    if (soft) {
      return lit(false);
    }
    Column position = layout.position(KeyReduction.BEST);
    Column rank = KeyedLayout.rank(layout.order(KeyReduction.BEST), position);
    return Names.column(KeyReduction.BEST)
        .isNotNull()
        .and(
            coalesce(rank.leq(Names.column(TombstoneTable.FORGOTTEN)), lit(false))
                .or(
                    coalesce(
                        position.lt(Names.column(TombstoneTable.FORGOTTEN_TOMBSTONE_AT)),
                        lit(false))));
  }

  /**
   * The keys with their outcome.
   *
   * @param candidates key columns and the columns of {@link KeyReduction} and {@link
   *     TombstoneTable}
   * @param target the table's rows that may have these keys
   */
  Dataset<Row> resolve(Dataset<Row> candidates, Dataset<Row> target) {
    Dataset<Row> current =
        target.select(
            ArchiveRows.columns(
                layout.keys(),
                List.of(
                    layout.order().as(TARGET_ORDER),
                    layout.position().as(TARGET_POSITION),
                    lit(true).as(PRESENT))));
    return candidates
        .join(current, CollectionConverters.asScala(layout.keys()).toSeq(), "left_outer")
        .select(outcome());
  }

  private Column[] outcome() {
    Column bestOrder = layout.order(KeyReduction.BEST);
    Column bestPosition =
        KeyedLayout.guarded(KeyReduction.BEST, layout.position(KeyReduction.BEST));
    Column bestRank =
        KeyedLayout.guarded(KeyReduction.BEST, KeyedLayout.rank(bestOrder, bestPosition));
    Column bestDeletes = coalesce(Names.column(KeyReduction.BEST, KeyedLayout.DELETES), lit(false));
    Column present = coalesce(Names.column(PRESENT), lit(false));
    Column targetOrder = when(present, Names.column(TARGET_ORDER));
    Column targetPosition = when(present, Names.column(TARGET_POSITION));
    Column targetRank = when(present, KeyedLayout.rank(targetOrder, targetPosition));
    Column deletedAt = Names.column(TombstoneTable.DELETED_AT);
    Column tombstone = Names.column(KeyReduction.TOMBSTONE).isNotNull();
    Column tombstonePosition =
        KeyedLayout.guarded(KeyReduction.TOMBSTONE, layout.position(KeyReduction.TOMBSTONE));

    // A soft delete leaves its row, which remembers the order by itself.
    Column known = soft ? targetRank : greatest(targetRank, deletedAt);
    Column applies =
        coalesce(bestRank.isNotNull().and(known.isNull().or(bestRank.geq(known))), lit(false))
            .and(present.or(not(forgotten())));
    Column lastTombstone = greatest(tombstonePosition, Names.column(TombstoneTable.TOMBSTONE_AT));
    Column dead = bestDeletes.or(coalesce(bestPosition.lt(lastTombstone), lit(false)));
    Column taken =
        not(applies).and(present).and(coalesce(targetPosition.lt(tombstonePosition), lit(false)));

    List<Column> columns = new ArrayList<>();
    layout.keys().forEach(key -> columns.add(Names.column(key)));
    for (List<String> names : List.of(layout.values(), layout.coordinates())) {
      names.forEach(name -> columns.add(Names.column(KeyReduction.BEST, name).as(name)));
    }
    columns.add(dead.as(TableLayout.DELETED));
    columns.add(
        (soft
                ? when(applies, lit(UPSERT))
                    .when(taken, lit(MARK))
                    .when(tombstone.and(not(present)), lit(UNMATCHED))
                    .otherwise(lit(LATE))
                : when(applies.and(not(dead)), lit(UPSERT))
                    .when(taken.or(applies.and(present)), lit(DELETE))
                    .when(not(present).and(tombstone.or(applies.and(bestDeletes))), lit(UNMATCHED))
                    .otherwise(lit(LATE)))
            .as(ACTION));
    columns.add(taken.or(applies.and(dead).and(present)).as(DELETED_ROW));
    columns.add((soft ? lit(false) : applies.and(dead)).as(REMEMBER_EVENT));
    columns.add(
        (soft
                ? when(lit(false), bestOrder)
                : greatest(bestOrder, targetOrder, deletedAt.getField("order")))
            .as(KNOWN_ORDER));
    columns.add(Names.column(KeyReduction.TOMBSTONE));
    return columns.toArray(Column[]::new);
  }
}
