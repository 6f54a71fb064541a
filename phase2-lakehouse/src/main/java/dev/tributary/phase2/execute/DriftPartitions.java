package dev.tributary.phase2.execute;

import dev.tributary.archive.json.JsonValidator;
import dev.tributary.core.json.Json;
import dev.tributary.core.jsonschema.MessageSchema;
import dev.tributary.core.spec.ChangeEventColumns;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.step.Step;
import dev.tributary.phase2.step.Steps;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RecordCoordinates;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/** Looks at the records of each task and gives what drifted of them, as JSON. */
final class DriftPartitions implements MapPartitionsFunction<Row, String> {
  private static final long serialVersionUID = 1L;

  private static final byte[] NO_KEY = {};

  /** The policies with which a record that does not meet the schema becomes no row. */
  private static final Set<CheckPolicy> SETS_ASIDE =
      Set.of(CheckPolicy.DROP, CheckPolicy.QUARANTINE);

  private final ArrayList<Step<PayloadTransform>> steps;
  private final PayloadFormat format;
  private final String columns;

  /** As JSON, of one that keeps records from becoming rows; null: there is none. */
  private final String jsonSchema;

  DriftPartitions(Steps steps, DatasetSpec spec) {
    this.steps = new ArrayList<>(steps.payload());
    this.format = spec.format();
    this.columns = InputColumns.of(spec, steps.rows()).json();
    this.jsonSchema =
        spec.checks()
            .jsonSchema()
            .filter(check -> SETS_ASIDE.contains(check.policy()))
            .map(check -> new String(Json.write(check), StandardCharsets.UTF_8))
            .orElse(null);
  }

  /**
   * What drifted of records.
   *
   * @param envelopes topic, incarnation, partition, offset, key and value
   */
  static FieldDrift of(Dataset<Row> envelopes, DatasetSession dataset, DatasetSpec spec) {
    return envelopes
        .mapPartitions(new DriftPartitions(dataset.steps(), spec), Encoders.STRING())
        .collectAsList()
        .stream()
        .map(json -> Json.read(json.getBytes(StandardCharsets.UTF_8), FieldDrift.class))
        .reduce(FieldDrift.NONE, FieldDrift::plus);
  }

  @Override
  public Iterator<String> call(Iterator<Row> envelopes) {
    RecordDrift drift =
        RecordDrift.of(
            InputColumns.parse(columns, UnknownFields.RESCUE), format, steps, admitted());
    FieldDrift.Collector collector = new FieldDrift.Collector();
    while (envelopes.hasNext()) {
      Row envelope = envelopes.next();
      if (envelope.isNullAt(5)) {
        continue;
      }
      collector.begin();
      drift.see(
          envelope.getAs(5),
          envelope.isNullAt(4) ? NO_KEY : envelope.getAs(4),
          new RecordCoordinates(
              envelope.getString(0), envelope.getInt(1), envelope.getInt(2), envelope.getLong(3)),
          collector);
    }
    return List.of(new String(Json.write(collector.collected()), StandardCharsets.UTF_8))
        .iterator();
  }

  private Predicate<byte[]> admitted() {
    if (jsonSchema == null) {
      return payload -> true;
    }
    MessageSchema schema = CompiledSchemas.ofProcess().get(jsonSchema);
    Set<String> without = format == PayloadFormat.DEBEZIUM ? ChangeEventColumns.NAMES : Set.of();
    JsonValidator validator = new JsonValidator();
    // What is no JSON brings nothing anyhow.
    return payload ->
        validator.isValid(payload, 0, payload.length)
            && schema.violation(payload, without).isEmpty();
  }
}
