package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;

import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Which of the records that a plan's entries hold it works on.
 *
 * @param condition SQL on the coordinates; empty: all
 * @param without coordinates of records that are left alone; empty: none
 */
record RecordScope(Optional<String> condition, Optional<Dataset<Row>> without) {
  /** Every record of the entries. */
  static final RecordScope WHOLE = new RecordScope(Optional.empty(), Optional.empty());

  /** What the source says, less nothing. */
  static RecordScope of(PlanSource source) {
    return new RecordScope(
        source.within().isPresent()
            ? Optional.of(SourceCondition.within(source.within().get()))
            : Optional.empty(),
        Optional.empty());
  }

  /** This, less some records. */
  RecordScope without(Dataset<Row> coordinates) {
    return new RecordScope(condition, Optional.of(coordinates));
  }

  /** The rows, which have the coordinates, of the records in scope. */
  Dataset<Row> narrow(Dataset<Row> rows) {
    Dataset<Row> narrowed = rows;
    if (condition.isPresent()) {
      narrowed = narrowed.filter(expr(condition.get()));
    }
    return without.isEmpty() ? narrowed : lacking(narrowed, without.get());
  }

  private static Dataset<Row> lacking(Dataset<Row> rows, Dataset<Row> held) {
    Column same =
        Coordinates.RECORD.stream()
            .map(name -> Names.column("r", name).equalTo(Names.column("h", name)))
            .reduce(Column::and)
            .orElseThrow();
    return rows.as("r").join(held.as("h"), same, "left_anti");
  }
}
