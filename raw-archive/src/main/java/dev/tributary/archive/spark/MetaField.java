package dev.tributary.archive.spark;

import dev.tributary.core.spec.UnknownFieldsSpec;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/** The columns that say where a row comes from, and in the envelope what it is. */
enum MetaField {
  TOPIC("_topic", DataTypes.StringType),
  INCARNATION("_incarnation", DataTypes.IntegerType),
  PARTITION("_partition", DataTypes.IntegerType),
  OFFSET("_offset", DataTypes.LongType),
  TIMESTAMP("_timestamp", DataTypes.TimestampType),
  TIMESTAMP_TYPE("_timestamp_type", DataTypes.StringType),
  INGEST_TIME("_ingest_time", DataTypes.TimestampType),
  SEQUENCE("_sequence", DataTypes.LongType),
  KEY("key", DataTypes.BinaryType),
  HEADERS(
      "headers",
      DataTypes.createArrayType(
          DataTypes.createStructType(
              new StructField[] {
                DataTypes.createStructField("name", DataTypes.StringType, true),
                DataTypes.createStructField("value", DataTypes.BinaryType, true)
              }))),
  VALUE("value", DataTypes.BinaryType),
  KEY_TEXT("_key", DataTypes.StringType),
  TOMBSTONE("_tombstone", DataTypes.BooleanType),
  ERROR("_error", DataTypes.StringType),
  ERROR_MESSAGE("_error_message", DataTypes.StringType),
  RESCUED(UnknownFieldsSpec.RESCUED, DataTypes.StringType);

  private final String label;
  private final DataType type;

  MetaField(String label, DataType type) {
    this.label = label;
    this.type = type;
  }

  String label() {
    return label;
  }

  StructField toStructField() {
    return DataTypes.createStructField(label, type, true);
  }
}
