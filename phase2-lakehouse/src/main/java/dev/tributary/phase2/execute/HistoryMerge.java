package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;

import dev.tributary.core.spec.HistoryColumns;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import io.delta.tables.DeltaTable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The MERGE of a plan into a history, marked with the plan in the same commit. */
final class HistoryMerge {
  private static final String TARGET = "t";
  private static final String SOURCE = "s";

  private final PlanWork work;
  private final KeyedLayout layout;

  HistoryMerge(PlanWork work, KeyedLayout layout) {
    this.work = work;
    this.layout = layout;
  }

  /**
   * Appends the versions where the table holds none that they could touch.
   *
   * @return false where the table holds rows, and nothing was done
   */
  boolean appendedToEmpty(Dataset<Row> source, String userMetadata) {
    if (!work.transactions().knownEmpty(work.folders().table())) {
      return false;
    }
    DeltaTransactions.Pending pending =
        work.transactions().begin(work.folders().table(), work.mark());
    if (pending.borne()) {
      return true;
    }
    if (!pending.empty()) {
      return false;
    }
    Column[] columns =
        Arrays.stream(TableLayout.schema(work.spec()).fieldNames())
            .map(Names::column)
            .toArray(Column[]::new);
    Dataset<Row> rows = source.filter(is(HistoryVersions.INSERT)).select(columns);
    pending.write(TableLayout.toTable(work.spec(), rows));
    pending.commit(userMetadata);
    return true;
  }

  /**
   * Merges, unless the table bears the plan already. A version is found by its record, so that it
   * stays in its partition and nothing of it changes but its end.
   *
   * @param source of {@link HistoryVersions}, without what is only remembered
   * @param reached what is known of the versions that may be corrected
   */
  void run(Dataset<Row> source, Reached reached, String userMetadata) {
    new MarkedMerge(work)
        .run(
            userMetadata,
            () ->
                DeltaTable.forPath(work.session(), work.folders().table().toString())
                    .as(TARGET)
                    .merge(source.as(SOURCE), reached.within(TARGET, layout, same()))
                    .whenMatched(is(HistoryVersions.CORRECT, SOURCE))
                    .update(ending())
                    .whenNotMatched(is(HistoryVersions.INSERT, SOURCE))
                    .insert(row())
                    .execute());
  }

  /**
   * Which versions of a table the events of a batch may touch, as literals: files of the table that
   * lie outside need not be read.
   *
   * @param keys of the first key column
   * @param from from when on the earliest of them is valid; null where files know nothing of it
   */
  record Reached(KeyRange keys, Object from) {
    /** Adds the bounds to a condition on the columns of an aliased table. */
    Column within(String alias, KeyedLayout layout, Column condition) {
      Column bounded = keys.within(condition, Names.column(alias, layout.keys().get(0)));
      return from == null
          ? bounded
          : bounded.and(
              HistoryVersions.reaches(Names.column(alias, HistoryColumns.VALID_TO), lit(from)));
    }
  }

  private Column same() {
    Column same =
        Stream.concat(layout.keys().stream(), Coordinates.RECORD.stream())
            .map(name -> inTable(name).equalTo(Names.column(SOURCE, name)))
            .reduce(Column::and)
            .orElseThrow();
    // Versions from before the dataset's steps exploded records have no number.
    return work.spec().explodes()
        ? same.and(inTable(Coordinates.ROW).eqNullSafe(Names.column(SOURCE, Coordinates.ROW)))
        : same;
  }

  private Column inTable(String name) {
    return Names.column(TARGET, work.spec().coordinates().inTable(name));
  }

  private static Map<String, Column> ending() {
    return Map.of(
        HistoryColumns.VALID_TO, Names.column(SOURCE, HistoryColumns.VALID_TO),
        HistoryColumns.CURRENT, Names.column(SOURCE, HistoryColumns.CURRENT));
  }

  private Map<String, Column> row() {
    Map<String, Column> row = new LinkedHashMap<>();
    for (String name : TableLayout.schema(work.spec()).fieldNames()) {
      row.put(Names.quoted(work.spec().coordinates().inTable(name)), Names.column(SOURCE, name));
    }
    return row;
  }

  private static Column is(String action) {
    return Names.column(HistoryVersions.ACTION).equalTo(action);
  }

  private static Column is(String action, String alias) {
    return Names.column(alias, HistoryVersions.ACTION).equalTo(action);
  }
}
