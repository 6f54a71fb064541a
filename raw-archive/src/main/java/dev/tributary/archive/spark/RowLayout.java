package dev.tributary.archive.spark;

import static dev.tributary.archive.spark.MetaField.ERROR;
import static dev.tributary.archive.spark.MetaField.ERROR_MESSAGE;
import static dev.tributary.archive.spark.MetaField.HEADERS;
import static dev.tributary.archive.spark.MetaField.INCARNATION;
import static dev.tributary.archive.spark.MetaField.INGEST_TIME;
import static dev.tributary.archive.spark.MetaField.KEY;
import static dev.tributary.archive.spark.MetaField.KEY_TEXT;
import static dev.tributary.archive.spark.MetaField.OFFSET;
import static dev.tributary.archive.spark.MetaField.PARTITION;
import static dev.tributary.archive.spark.MetaField.RESCUED;
import static dev.tributary.archive.spark.MetaField.SEQUENCE;
import static dev.tributary.archive.spark.MetaField.TIMESTAMP;
import static dev.tributary.archive.spark.MetaField.TIMESTAMP_TYPE;
import static dev.tributary.archive.spark.MetaField.TOMBSTONE;
import static dev.tributary.archive.spark.MetaField.TOPIC;
import static dev.tributary.archive.spark.MetaField.VALUE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.tributary.archive.decode.ColumnDecoder;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * The columns of a reader's rows.
 *
 * @param meta the platform's columns
 * @param columns the declared ones, none in the envelope
 * @param unknownFields what becomes of fields that no column is declared for
 */
record RowLayout(List<MetaField> meta, List<ColumnSpec> columns, UnknownFields unknownFields) {
  private static final String UNKNOWN_FIELDS = "unknownFields";
  private static final List<MetaField> ENVELOPE =
      List.of(
          TOPIC,
          INCARNATION,
          PARTITION,
          OFFSET,
          TIMESTAMP,
          TIMESTAMP_TYPE,
          INGEST_TIME,
          SEQUENCE,
          KEY,
          HEADERS,
          VALUE);
  private static final List<MetaField> BESIDE_COLUMNS =
      List.of(
          TOPIC,
          INCARNATION,
          PARTITION,
          OFFSET,
          TIMESTAMP,
          INGEST_TIME,
          SEQUENCE,
          KEY_TEXT,
          TOMBSTONE,
          ERROR,
          ERROR_MESSAGE);
  private static final List<MetaField> BESIDE_COLUMNS_RESCUING =
      Stream.concat(BESIDE_COLUMNS.stream(), Stream.of(RESCUED)).toList();

  static RowLayout of(CaseInsensitiveStringMap options) {
    String columns = options.get("columns");
    String mode = options.getOrDefault("mode", columns == null ? "envelope" : "columns");
    return switch (mode) {
      case "envelope" -> envelope(options);
      case "columns" -> columns(columns(columns), unknownFields(options));
      default -> throw ConnectorErrors.option("mode", mode, "Use envelope or columns.");
    };
  }

  private static RowLayout envelope(CaseInsensitiveStringMap options) {
    if (options.containsKey(UNKNOWN_FIELDS)) {
      throw ConnectorErrors.ineffective(
          UNKNOWN_FIELDS, "Remove it, or read in the mode columns, which knows which fields are.");
    }
    return new RowLayout(ENVELOPE, List.of(), UnknownFields.IGNORE);
  }

  private static RowLayout columns(List<ColumnSpec> columns, UnknownFields unknownFields) {
    if (unknownFields != UnknownFields.RESCUE) {
      return new RowLayout(BESIDE_COLUMNS, columns, unknownFields);
    }
    columns.stream()
        .map(ColumnSpec::name)
        .filter(RESCUED.label()::equalsIgnoreCase)
        .findFirst()
        .ifPresent(
            name -> {
              throw ConnectorErrors.option(
                  "columns",
                  name,
                  "Rescued fields have this name; choose another and give its JSON field as path.");
            });
    return new RowLayout(BESIDE_COLUMNS_RESCUING, columns, unknownFields);
  }

  private static UnknownFields unknownFields(CaseInsensitiveStringMap options) {
    String policy = options.getOrDefault(UNKNOWN_FIELDS, UnknownFields.IGNORE.text());
    return UnknownFields.of(policy)
        .filter(known -> known == known.whenDecoded())
        .orElseThrow(
            () ->
                ConnectorErrors.option(
                    UNKNOWN_FIELDS, policy, "Use ignore, rescue or quarantine."));
  }

  private static List<ColumnSpec> columns(String json) {
    if (json == null) {
      throw ConnectorErrors.missing(
          "columns", "Give them as JSON such as [{\"name\":\"id\",\"type\":\"bigint\"}].");
    }
    try {
      return Json.mapper().readValue(json, new TypeReference<List<ColumnSpec>>() {});
    } catch (JsonProcessingException e) {
      throw ConnectorErrors.option(
          "columns", json, "Use JSON such as [{\"name\":\"id\",\"type\":\"bigint\"}].");
    }
  }

  /** All columns. A column that may not be null still is where its record could not be decoded. */
  StructType schema() {
    Stream<StructField> declared =
        columns.isEmpty()
            ? Stream.empty()
            : Stream.of(ColumnDecoder.schema(columns).fields())
                .map(
                    field ->
                        new StructField(field.name(), field.dataType(), true, field.metadata()));
    return new StructType(
        Stream.concat(meta.stream().map(MetaField::toStructField), declared)
            .toArray(StructField[]::new));
  }

  /** Those of the columns that are required, as this layout types them. */
  StructType prune(StructType required) {
    List<String> names = List.of(required.fieldNames());
    return new StructType(
        Stream.of(schema().fields())
            .filter(field -> names.contains(field.name()))
            .toArray(StructField[]::new));
  }
}
