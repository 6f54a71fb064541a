package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.MarkedCommit;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What a MERGE would come to, found out by a join. */
final class MergeForecast {
  private static final String TARGET = "t";
  private static final String SOURCE = "s";

  private final KeyedLayout layout;
  private final Dataset<Row> joined;

  /**
   * A forecast.
   *
   * @param source as for {@link UpsertMerge#run}
   * @param target the table
   */
  MergeForecast(KeyedLayout layout, Dataset<Row> source, Dataset<Row> target) {
    this.layout = layout;
    Column same = lit(true);
    for (String key : layout.keys()) {
      same = same.and(Names.column(TARGET, key).equalTo(Names.column(SOURCE, key)));
    }
    this.joined = source.as(SOURCE).join(target.as(TARGET), same, "left_outer");
  }

  /** What Delta would measure. */
  MarkedCommit measured() {
    Row counts =
        joined
            .agg(count_if(inserted()), count_if(updated()), count_if(is(Resolution.DELETE)))
            .head();
    return new MarkedCommit(
        -1,
        "",
        Map.of(
            "numTargetRowsInserted", Long.toString(counts.getLong(0)),
            "numTargetRowsUpdated", Long.toString(counts.getLong(1)),
            "numTargetRowsDeleted", Long.toString(counts.getLong(2))));
  }

  /** The rows that would be written. */
  Dataset<Row> written() {
    return joined.filter(inserted().or(upsert().and(updated()))).select(Names.all(SOURCE));
  }

  /** The rows that would be changed or taken away, as they are. */
  Dataset<Row> changed() {
    return joined.filter(updated().or(is(Resolution.DELETE))).select(Names.all(TARGET));
  }

  private Column inserted() {
    return upsert().and(not(present()));
  }

  private Column updated() {
    Column newer =
        KeyedLayout.rank(layout.orderIn(SOURCE), layout.position(SOURCE))
            .geq(KeyedLayout.rank(layout.orderIn(TARGET), layout.position(TARGET)));
    return present().and(upsert().and(newer)).or(is(Resolution.MARK));
  }

  /** Of a row that is there. */
  private static Column is(String action) {
    return present().and(Names.column(SOURCE, Resolution.ACTION).equalTo(action));
  }

  private static Column upsert() {
    return Names.column(SOURCE, Resolution.ACTION).equalTo(Resolution.UPSERT);
  }

  private static Column present() {
    return Names.column(TARGET, Coordinates.OFFSET).isNotNull();
  }
}
