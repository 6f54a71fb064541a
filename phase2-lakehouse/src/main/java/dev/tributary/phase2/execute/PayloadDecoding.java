package dev.tributary.phase2.execute;

import dev.tributary.archive.decode.ChangeEventUnwrapper;
import dev.tributary.archive.decode.ColumnDecoder;
import dev.tributary.archive.decode.UnwrappedEvent;
import dev.tributary.archive.json.JsonValidator;
import dev.tributary.core.json.Json;
import dev.tributary.core.jsonschema.MessageSchema;
import dev.tributary.core.spec.ChangeEventColumns;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.JsonSchemaSpec;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.core.spec.UnknownFieldsSpec;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.Step;
import dev.tributary.transforms.PayloadFunction;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RecordCoordinates;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Applies the steps on bytes, unwraps change events and decodes what is left. Slower than decoding
 * in the reader, whose values never become objects; only datasets that need it pay for it.
 */
final class PayloadDecoding implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  /** The label of the step that failed; null where none did. There only with steps. */
  static final String FAILED_STEP = "__tributary_failed_step";

  /** The policies with which a record that does not meet the schema may become a row. */
  private static final Set<CheckPolicy> GOES_ON = Set.of(CheckPolicy.WARN, CheckPolicy.FAIL);

  private final ArrayList<Step<PayloadTransform>> steps;
  private final PayloadFormat format;
  private final String columns;
  private final String columnsOfDeletes;
  private final UnknownFields unknownFields;

  /** As JSON; null: there is none. */
  private final String jsonSchema;

  private final boolean goesOn;
  private final Diversion diversion;

  PayloadDecoding(
      List<Step<PayloadTransform>> steps,
      DatasetSpec spec,
      InputColumns input,
      Diversion diversion) {
    this.steps = new ArrayList<>(steps);
    this.format = spec.format();
    this.columns = input.json();
    this.columnsOfDeletes =
        new InputColumns(ChangeEventDemands.ofDeletes(spec, input.columns()), input.unknownFields())
            .json();
    this.unknownFields = input.unknownFields();
    Optional<JsonSchemaSpec> check = spec.checks().jsonSchema();
    this.jsonSchema =
        check.map(each -> new String(Json.write(each), StandardCharsets.UTF_8)).orElse(null);
    this.goesOn = check.filter(each -> GOES_ON.contains(each.policy())).isPresent();
    this.diversion = diversion;
  }

  /** Whether the dataset's values are no columns' values before they went through this. */
  static boolean needed(List<Step<PayloadTransform>> steps, DatasetSpec spec) {
    return !steps.isEmpty() || spec.format() != PayloadFormat.JSON || new SchemaCheck(spec).any();
  }

  /** Of the envelopes. */
  Dataset<Row> decoded(Dataset<Row> envelopes) {
    return envelopes
        .select(
            ArchiveRows.columns(
                Coordinates.ALL, List.of(Names.column("key"), Names.column("value"))))
        .mapPartitions(this, Encoders.row(rowSchema()));
  }

  private StructType rowSchema() {
    StructType schema = schema(input(columns), jsonSchema != null);
    return steps.isEmpty() ? schema : schema.add(FAILED_STEP, DataTypes.StringType);
  }

  /** What a decoded record of the dataset looks like, but for which step failed. */
  static StructType schema(InputColumns input, DatasetSpec spec) {
    return schema(input, new SchemaCheck(spec).any());
  }

  private static StructType schema(InputColumns input, boolean checked) {
    StructType schema =
        Coordinates.schema()
            .add("_key", DataTypes.StringType)
            .add("_tombstone", DataTypes.BooleanType)
            .add("_error", DataTypes.StringType)
            .add("_error_message", DataTypes.StringType);
    for (StructField field : ColumnDecoder.schema(input.columns()).fields()) {
      schema = schema.add(field.name(), field.dataType(), true);
    }
    if (input.rescues()) {
      schema = schema.add(UnknownFieldsSpec.RESCUED, DataTypes.StringType);
    }
    return checked ? schema.add(SchemaCheck.COLUMN, DataTypes.StringType) : schema;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> envelopes) {
    List<PayloadFunction> functions =
        steps.stream().map(step -> step.transform().open(step.context())).toList();
    InputColumns input = input(columns);
    StructType schema = ColumnDecoder.schema(input.columns());
    List<scala.Function1<Object, Object>> converters = new ArrayList<>();
    for (StructField field : schema.fields()) {
      converters.add(CatalystTypeConverters.createToScalaConverter(field.dataType()));
    }
    Decoding decoding = new Decoding(functions, input, converters);
    return new Iterator<>() {
      private Optional<Row> next = Optional.empty();

      @Override
      public boolean hasNext() {
        while (next.isEmpty() && envelopes.hasNext()) {
          next = decoding.row(envelopes.next());
        }
        return next.isPresent();
      }

      @Override
      public Row next() {
        hasNext();
        Row row = next.orElseThrow();
        next = Optional.empty();
        return row;
      }
    };
  }

  /** One task's functions. */
  private final class Decoding {
    private static final int BEFORE_COLUMNS = 11;

    private static final byte[] NO_KEY = {};

    private final List<PayloadFunction> functions;
    private final ChangeEventUnwrapper unwrapper;
    private final ColumnDecoder ofRows;
    private final ColumnDecoder ofDeletes;
    private final List<scala.Function1<Object, Object>> converters;
    private final Object[] decoded;
    private final boolean rescues;
    private final int width;
    private final Optional<MessageSchema> schema;
    private final JsonValidator validator = new JsonValidator();

    Decoding(
        List<PayloadFunction> functions,
        InputColumns input,
        List<scala.Function1<Object, Object>> converters) {
      this.functions = functions;
      this.unwrapper = new ChangeEventUnwrapper(input.columns(), input.unknownFields());
      this.ofRows = input.decoder();
      this.ofDeletes = input(columnsOfDeletes).decoder();
      this.converters = converters;
      this.decoded = new Object[converters.size()];
      this.rescues = input.rescues();
      this.width = rowSchema().size();
      this.schema = Optional.ofNullable(jsonSchema).map(CompiledSchemas.ofProcess()::get);
    }

    /** Whether one of the first steps takes secrets. */
    private boolean sensitive(int count) {
      return steps.subList(0, count).stream().anyMatch(Step::takesSecrets);
    }

    /** Empty for a record that a step leaves out. */
    Optional<Row> row(Row envelope) {
      Object[] values = new Object[width];
      for (int i = 0; i < Coordinates.ALL.size(); i++) {
        values[i] = envelope.get(i);
      }
      values[7] = envelope.isNullAt(7) ? null : text(envelope.getAs(7));
      values[8] = envelope.isNullAt(8);
      if (envelope.isNullAt(8)) {
        return Optional.of(RowFactory.create(values));
      }
      byte[] payload = envelope.getAs(8);
      RecordCoordinates coordinates =
          new RecordCoordinates(
              envelope.getString(0), envelope.getInt(1), envelope.getInt(2), envelope.getLong(3));
      for (int i = 0; i < functions.size(); i++) {
        Step<PayloadTransform> step = steps.get(i);
        try {
          Optional<byte[]> after = functions.get(i).apply(payload, coordinates);
          if (after.isEmpty()) {
            diversion.dropped(step.label());
            return Optional.empty();
          }
          payload = after.get();
        } catch (Exception e) {
          values[9] = "transform-failed";
          values[10] =
              sensitive(i)
                  ? "The step %s failed; why is withheld, since a step before it takes secrets."
                      .formatted(step.described())
                  : "The step %s failed: %s".formatted(step.described(), e.getMessage());
          values[width - 1] = step.label();
          return Optional.of(RowFactory.create(values));
        }
      }
      ColumnDecoder decoder = ofRows;
      boolean deletes = false;
      if (format == PayloadFormat.DEBEZIUM) {
        UnwrappedEvent event =
            unwrapper.unwrap(payload, envelope.isNullAt(7) ? NO_KEY : envelope.getAs(7));
        if (event instanceof UnwrappedEvent.Refused refused) {
          values[9] = refused.code();
          values[10] = sensitive(functions.size()) ? refused.withoutValue() : refused.message();
          return Optional.of(RowFactory.create(values));
        }
        UnwrappedEvent.Changed changed = (UnwrappedEvent.Changed) event;
        payload = changed.json();
        deletes = changed.deletes();
        decoder = deletes ? ofDeletes : ofRows;
      }
      if (!deletes && schema.isPresent()) {
        Optional<String> violation = violation(schema.get(), payload);
        values[BEFORE_COLUMNS + converters.size() + (rescues ? 1 : 0)] = violation.orElse(null);
        if (violation.isPresent() && !goesOn) {
          return Optional.of(RowFactory.create(values));
        }
      }
      if (!decoder.decode(payload, 0, payload.length, decoded, 0)) {
        values[9] = decoder.error().code();
        values[10] =
            sensitive(functions.size()) ? decoder.errorWithoutValue() : decoder.errorMessage();
        return Optional.of(RowFactory.create(values));
      }
      for (int i = 0; i < decoded.length; i++) {
        values[BEFORE_COLUMNS + i] = converters.get(i).apply(decoded[i]);
      }
      if (rescues) {
        values[BEFORE_COLUMNS + decoded.length] =
            decoder.rescued().map(UTF8String::toString).orElse(null);
      }
      return Optional.of(RowFactory.create(values));
    }

    /** What is no JSON is the decoder's matter. */
    private Optional<String> violation(MessageSchema schema, byte[] json) {
      if (!validator.isValid(json, 0, json.length)) {
        return Optional.empty();
      }
      Set<String> without = format == PayloadFormat.DEBEZIUM ? ChangeEventColumns.NAMES : Set.of();
      boolean sensitive = sensitive(functions.size());
      return schema
          .violation(json, without)
          .map(found -> sensitive ? found.withoutValue() : found.message());
    }
  }

  private static Object text(byte[] key) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) {
      // A key that is no text is no key of a column.
      return null;
    }
  }

  private InputColumns input(String json) {
    return InputColumns.parse(json, unknownFields);
  }
}
