package dev.tributary.phase2.execute;

import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.DatasetSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads manifest entries as rows. */
final class ArchiveReader {
  private static final String FORMAT = "raw-archive";

  private final RecordScope scope;
  private final ArchiveHeads asOf;

  /** Reads the records in scope, of archives as they were. */
  ArchiveReader(RecordScope scope, ArchiveHeads asOf) {
    this.scope = scope;
    this.asOf = asOf;
  }

  /**
   * The records of the source: coordinates, {@code _key}, {@code _tombstone}, {@code _error},
   * {@code _error_message} and the columns.
   */
  Dataset<Row> decoded(
      DatasetSession dataset,
      DatasetSpec spec,
      PlanSource source,
      List<ColumnSpec> columns,
      Diversion diversion) {
    if (PayloadDecoding.needed(dataset.steps().payload(), spec)) {
      return new PayloadDecoding(dataset.steps().payload(), spec, columns, diversion)
          .decoded(scope.narrow(union(dataset.session(), source, "envelope", "[]")));
    }
    return scope.narrow(union(dataset.session(), source, "columns", json(columns)));
  }

  /** As {@link #decoded}, of no records. */
  Dataset<Row> nothing(DatasetSession dataset, List<ColumnSpec> columns) {
    return dataset.session().createDataFrame(List.<Row>of(), PayloadDecoding.schema(columns));
  }

  /** The records of the source with their keys; values are not looked at. */
  Dataset<Row> undecoded(SparkSession session, PlanSource source) {
    return scope
        .narrow(union(session, source, "columns", json(List.of(ColumnSpec.of("_", "string")))))
        .select(
            ArchiveRows.columns(
                Coordinates.ALL, List.of(Names.column("_key"), Names.column("_tombstone"))));
  }

  private Dataset<Row> union(SparkSession session, PlanSource source, String mode, String columns) {
    return source.ranges().stream()
        .map(range -> read(session, source.archive(), range, mode, columns))
        .reduce(Dataset::unionAll)
        .orElseThrow();
  }

  private Dataset<Row> read(
      SparkSession session, String archive, EntryRange range, String mode, String columns) {
    DataFrameReader reader =
        session
            .read()
            .format(FORMAT)
            .option("topic", range.topic())
            .option("fromSequence", range.from())
            .option("toSequence", range.to())
            .option("asOfSequence", asOf.of(range.topic()))
            .option("mode", mode);
    if (mode.equals("columns")) {
      reader = reader.option("columns", columns);
    }
    return reader.load(archive);
  }

  private static String json(List<ColumnSpec> columns) {
    try {
      return Json.mapper().writeValueAsString(columns);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
