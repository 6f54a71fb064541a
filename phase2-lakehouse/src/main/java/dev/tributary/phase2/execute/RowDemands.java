package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnLineage;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.table.DeltaTransactions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Looks whether the rows that a table holds are what a later version of its dataset demands of
 * rows. Reads only the columns that it asks about.
 */
final class RowDemands {
  private final DatasetSpec before;
  private final DatasetSpec after;
  private final SparkSession session;
  private final TableFolders folders;

  RowDemands(DatasetSpec before, DatasetSpec after, SparkSession session, TableFolders folders) {
    this.before = before;
    this.after = after;
    this.session = session;
    this.folders = folders;
  }

  /**
   * Reads the table where there is something to ask.
   *
   * @throws TributaryException SCHEMA_REFUSED with the first row that is not as demanded
   */
  void check() {
    ColumnLineage lineage = ColumnLineage.between(before, after);
    for (ColumnSpec column : after.columns()) {
      Optional<ColumnSpec> past = lineage.before(column);
      boolean demanded = past.map(ColumnSpec::nullable).orElse(true);
      if (!column.nullable() && demanded) {
        requireValues(column, past);
      }
    }
    if (before.write().mode() == WriteMode.APPEND && after.write().mode() == WriteMode.UPSERT) {
      requireKeys(lineage);
    }
  }

  /** An append table becomes one of keys where merging its rows would have come to the same. */
  private void requireKeys(ColumnLineage lineage) {
    if (new DeltaTransactions(session).exists(folders.tombstones())) {
      throw refused(
          "The table has deletes to remember from a time when it was merged, and rows were appended since, which nothing weighed against them. Register the change with --rebuild, and have ./tributary rebuild make the table anew.");
    }
    List<String> keys = new ArrayList<>();
    for (String key : after.write().primaryKey()) {
      keys.add(
          column(after, key)
              .flatMap(lineage::before)
              .map(ColumnSpec::name)
              .orElseThrow(
                  () ->
                      refused(
                          "The key column '%s' is new, so that the rows of the table have no key. Use a column that they have."
                              .formatted(key))));
    }
    Column[] columns = keys.stream().map(Names::column).toArray(Column[]::new);
    Column none = keys.stream().map(key -> Names.column(key).isNull()).reduce(Column::or).get();
    if (!rows().filter(none).isEmpty()) {
      throw refused(
          "The table holds rows without a value in the key %s. Use another key, or register the change with --rebuild and have ./tributary rebuild make the table anew."
              .formatted(keys));
    }
    List<Row> twice =
        rows().groupBy(columns).count().filter(col("count").gt(1)).limit(1).collectAsList();
    if (!twice.isEmpty()) {
      throw refused(
          "The table holds several rows of one key, %s of %s: appended rows cannot be told from updates. Register the change with --rebuild, and have ./tributary rebuild make the table anew."
              .formatted(twice.get(0), keys));
    }
    requireNoDeletes(lineage);
  }

  /** Rows that would have been deletes stand in the table as if they were none. */
  private void requireNoDeletes(ColumnLineage lineage) {
    Optional<String> predicate = after.write().deleteWhen();
    if (predicate.isEmpty()) {
      return;
    }
    Column[] now =
        after.columns().stream()
            .map(
                column ->
                    lineage
                        .before(column)
                        .map(past -> Names.column(past.name()))
                        .orElseGet(() -> lit(null))
                        .cast(TableLayout.type(column))
                        .as(column.name()))
            .toArray(Column[]::new);
    if (!rows().select(now).filter(expr(predicate.get())).isEmpty()) {
      throw refused(
          "The table holds rows that '%s' calls deletes. Register the change with --rebuild, and have ./tributary rebuild make the table anew."
              .formatted(predicate.get()));
    }
  }

  private static Optional<ColumnSpec> column(DatasetSpec dataset, String name) {
    return dataset.columns().stream()
        .filter(column -> column.name().equalsIgnoreCase(name))
        .findFirst();
  }

  private void requireValues(ColumnSpec column, Optional<ColumnSpec> past) {
    Dataset<Row> rows = rows();
    Dataset<Row> without =
        past.map(ColumnSpec::name)
            .map(Names::column)
            .map(Column::isNull)
            .map(rows::filter)
            .orElse(rows);
    if (!without.isEmpty()) {
      throw refused(
          "The table holds rows without a value in the column '%s', so it cannot become one that demands a value. Leave it nullable, or register the change with --rebuild and have ./tributary rebuild make the table anew."
              .formatted(column.name()));
    }
  }

  private Dataset<Row> rows() {
    return session.read().format("delta").load(folders.table().toString());
  }

  private static TributaryException refused(String reason) {
    return new TributaryException(ErrorCode.SCHEMA_REFUSED, reason);
  }
}
