package dev.tributary.phase2.execute;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.step.Step;
import dev.tributary.transforms.PayloadTransform;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads manifest entries as rows. */
final class ArchiveReader {
  private static final String FORMAT = "raw-archive";
  private static final Map<String, String> ENVELOPE = Map.of("mode", "envelope");
  private static final InputColumns NO_VALUES =
      new InputColumns(List.of(ColumnSpec.of("_", "string")), UnknownFields.IGNORE);

  private final RecordScope scope;
  private final ArchiveHeads asOf;

  /** Reads the records in scope, of archives as they were. */
  ArchiveReader(RecordScope scope, ArchiveHeads asOf) {
    this.scope = scope;
    this.asOf = asOf;
  }

  /**
   * The records of the source: coordinates, {@code _key}, {@code _tombstone}, {@code _error},
   * {@code _error_message}, the columns, and {@code _rescued} where unknown fields are.
   */
  Dataset<Row> decoded(
      DatasetSession dataset,
      DatasetSpec spec,
      PlanSource source,
      InputColumns input,
      Diversion diversion) {
    return decoded(dataset, spec, dataset.steps().payload(), source, input, diversion);
  }

  /** As above, with other steps on payloads. */
  Dataset<Row> decoded(
      DatasetSession dataset,
      DatasetSpec spec,
      List<Step<PayloadTransform>> payload,
      PlanSource source,
      InputColumns input,
      Diversion diversion) {
    if (PayloadDecoding.needed(payload, spec)) {
      return new PayloadDecoding(payload, spec, input, diversion)
          .decoded(scope.narrow(union(dataset.session(), source, ENVELOPE)));
    }
    return scope.narrow(union(dataset.session(), source, decoding(input)));
  }

  /** Topic, incarnation, partition, offset, key and value of the source's records. */
  Dataset<Row> envelopes(SparkSession session, PlanSource source) {
    return scope
        .narrow(union(session, source, ENVELOPE))
        .select(
            ArchiveRows.columns(
                Coordinates.RECORD, List.of(Names.column("key"), Names.column("value"))));
  }

  /**
   * Records of some entries as they were.
   *
   * @param options of the connector, which say what of these entries is read
   */
  Dataset<Row> envelopes(
      SparkSession session, String archive, EntryRange range, Map<String, String> options) {
    return scope.narrow(read(session, archive, range, ENVELOPE, options));
  }

  /** As {@link #decoded}, of no records. */
  Dataset<Row> nothing(DatasetSession dataset, DatasetSpec spec, InputColumns input) {
    return dataset.session().createDataFrame(List.<Row>of(), PayloadDecoding.schema(input, spec));
  }

  /** The records of the source with their keys; values are not looked at. */
  Dataset<Row> undecoded(SparkSession session, PlanSource source) {
    return scope
        .narrow(union(session, source, decoding(NO_VALUES)))
        .select(
            ArchiveRows.columns(
                Coordinates.ALL, List.of(Names.column("_key"), Names.column("_tombstone"))));
  }

  private Dataset<Row> union(
      SparkSession session, PlanSource source, Map<String, String> decoding) {
    return source.ranges().stream()
        .map(range -> read(session, source.archive(), range, decoding, Map.of()))
        .reduce(Dataset::unionAll)
        .orElseThrow();
  }

  private Dataset<Row> read(
      SparkSession session,
      String archive,
      EntryRange range,
      Map<String, String> decoding,
      Map<String, String> selection) {
    return session
        .read()
        .format(FORMAT)
        .option("topic", range.topic())
        .option("fromSequence", range.from())
        .option("toSequence", range.to())
        .option("asOfSequence", asOf.of(range.topic()))
        .options(decoding)
        .options(selection)
        .load(archive);
  }

  private static Map<String, String> decoding(InputColumns input) {
    return Map.of(
        "mode", "columns",
        "columns", input.json(),
        "unknownFields", input.unknownFields().text());
  }
}
