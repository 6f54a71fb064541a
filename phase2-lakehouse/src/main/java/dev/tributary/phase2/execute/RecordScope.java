package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.broadcast;
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
 * @param only coordinates of the few records that it is about; empty: all
 */
record RecordScope(
    Optional<String> condition, Optional<Dataset<Row>> without, Optional<Dataset<Row>> only) {
  /** Every record of the entries. */
  static final RecordScope WHOLE =
      new RecordScope(Optional.empty(), Optional.empty(), Optional.empty());

  /** What the source says, less nothing. */
  static RecordScope of(PlanSource source) {
    return new RecordScope(
        source.within().isPresent()
            ? Optional.of(SourceCondition.within(source.within().get()))
            : Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** This, less some records. */
  RecordScope without(Dataset<Row> coordinates) {
    return new RecordScope(condition, Optional.of(coordinates), only);
  }

  /** Of this, some records. */
  RecordScope only(Dataset<Row> coordinates) {
    return new RecordScope(condition, without, Optional.of(coordinates));
  }

  /** The rows, which have the coordinates, of the records in scope. */
  Dataset<Row> narrow(Dataset<Row> rows) {
    Dataset<Row> narrowed = rows;
    if (condition.isPresent()) {
      narrowed = narrowed.filter(expr(condition.get()));
    }
    if (only.isPresent()) {
      narrowed = joined(narrowed, broadcast(only.get()), "left_semi");
    }
    return without.isEmpty() ? narrowed : joined(narrowed, without.get(), "left_anti");
  }

  private static Dataset<Row> joined(Dataset<Row> rows, Dataset<Row> others, String how) {
    Column same =
        Coordinates.RECORD.stream()
            .map(name -> Names.column("r", name).equalTo(Names.column("h", name)))
            .reduce(Column::and)
            .orElseThrow();
    return rows.as("r").join(others.as("h"), same, how);
  }
}
