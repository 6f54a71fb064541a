package dev.tributary.phase2.step;

import dev.tributary.core.spec.DatasetSpec;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The columns that say where a row comes from. */
public final class Coordinates {
  /** The Kafka topic. */
  public static final String TOPIC = "_topic";

  /** How often the topic was created again. */
  public static final String INCARNATION = "_incarnation";

  /** The Kafka partition. */
  public static final String PARTITION = "_partition";

  /** The Kafka offset. */
  public static final String OFFSET = "_offset";

  /** The record's own time. */
  public static final String TIMESTAMP = "_timestamp";

  /** When the record was taken into the archive. */
  public static final String INGEST_TIME = "_ingest_time";

  /** The manifest entry that took it in. */
  public static final String SEQUENCE = "_sequence";

  /** Which row of its record it is, from 0; only where a step explodes records. */
  public static final String ROW = "_row";

  /** All that every row has, in the order in which they stand in every table. */
  public static final List<String> ALL =
      List.of(TOPIC, INCARNATION, PARTITION, OFFSET, TIMESTAMP, INGEST_TIME, SEQUENCE);

  /** What orders all that was ever ingested, most significant first. */
  public static final List<String> RAW_POSITION =
      List.of(INGEST_TIME, TOPIC, SEQUENCE, PARTITION, OFFSET);

  /** What names one record for ever. */
  public static final List<String> RECORD = List.of(TOPIC, INCARNATION, PARTITION, OFFSET);

  private static final List<DataType> TYPES =
      List.of(
          DataTypes.StringType,
          DataTypes.IntegerType,
          DataTypes.IntegerType,
          DataTypes.LongType,
          DataTypes.TimestampType,
          DataTypes.TimestampType,
          DataTypes.LongType);

  private Coordinates() {}

  /** All that the rows of a dataset have. */
  public static List<String> all(DatasetSpec spec) {
    return withRow(ALL, spec);
  }

  /** What orders all rows of a dataset that were ever made, most significant first. */
  public static List<String> rawPosition(DatasetSpec spec) {
    return withRow(RAW_POSITION, spec);
  }

  /** What names one row of a dataset for ever. */
  public static List<String> row(DatasetSpec spec) {
    return withRow(RECORD, spec);
  }

  private static List<String> withRow(List<String> names, DatasetSpec spec) {
    return spec.explodes() ? Stream.concat(names.stream(), Stream.of(ROW)).toList() : names;
  }

  /** The columns that the rows of a dataset have, with their types. */
  public static StructType schema(DatasetSpec spec) {
    return spec.explodes()
        ? schema().add(new StructField(ROW, DataTypes.IntegerType, true, emptyMetadata()))
        : schema();
  }

  /** The columns that every row has, with their types. */
  public static StructType schema() {
    StructType schema = new StructType();
    for (int i = 0; i < ALL.size(); i++) {
      schema = schema.add(new StructField(ALL.get(i), TYPES.get(i), true, emptyMetadata()));
    }
    return schema;
  }

  private static org.apache.spark.sql.types.Metadata emptyMetadata() {
    return org.apache.spark.sql.types.Metadata.empty();
  }
}
