package dev.tributary.phase1;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The one row of a reader, filled anew for each record. A record has no {@code rangeEnd}; the row
 * that ends a range has no {@code offset}.
 */
final class RecordRow {
  private static final int TOPIC = 0;
  private static final int INCARNATION = 1;
  private static final int PARTITION = 2;
  private static final int OFFSET = 3;
  private static final int TIMESTAMP = 4;
  private static final int TIMESTAMP_TYPE = 5;
  private static final int KEY = 6;
  private static final int VALUE = 7;
  private static final int HEADERS = 8;
  private static final int RANGE_START = 9;
  private static final int RANGE_END = 10;
  private static final int GAPS = 11;
  private static final int RANGE_LEADER_EPOCH = 12;
  private static final int RANGE_RECORD_EPOCH = 13;

  private static final StructType HEADER =
      new StructType(
          new StructField[] {
            field("key", DataTypes.StringType, false), field("value", DataTypes.BinaryType, true)
          });

  /** What the archive's sink takes. */
  static final StructType SCHEMA =
      new StructType(
          new StructField[] {
            field("topic", DataTypes.StringType, false),
            field("incarnation", DataTypes.IntegerType, false),
            field("partition", DataTypes.IntegerType, false),
            field("offset", DataTypes.LongType, true),
            field("timestamp", DataTypes.LongType, true),
            field("timestampType", DataTypes.IntegerType, true),
            field("key", DataTypes.BinaryType, true),
            field("value", DataTypes.BinaryType, true),
            field("headers", DataTypes.createArrayType(HEADER, false), true),
            field("rangeStart", DataTypes.LongType, true),
            field("rangeEnd", DataTypes.LongType, true),
            field("gaps", DataTypes.StringType, true),
            field("rangeLeaderEpoch", DataTypes.IntegerType, true),
            field("rangeRecordEpoch", DataTypes.IntegerType, true)
          });

  private final Object[] values = new Object[SCHEMA.size()];
  private Optional<Integer> lastEpoch = Optional.empty();
  private final InternalRow row = new GenericInternalRow(values);

  private static StructField field(
      String name, org.apache.spark.sql.types.DataType type, boolean nullable) {
    return new StructField(name, type, nullable, Metadata.empty());
  }

  InternalRow row() {
    return row;
  }

  /** The rows that follow are of this range. */
  void turnTo(PlannedRange range) {
    values[TOPIC] = UTF8String.fromString(range.topic());
    values[INCARNATION] = range.incarnation();
    values[PARTITION] = range.partition();
    values[RANGE_START] = null;
    values[RANGE_END] = null;
    values[GAPS] = null;
    values[RANGE_LEADER_EPOCH] = null;
    values[RANGE_RECORD_EPOCH] = null;
    lastEpoch = Optional.empty();
  }

  void setRecord(ConsumerRecord<byte[], byte[]> kafka) {
    lastEpoch = kafka.leaderEpoch();
    values[OFFSET] = kafka.offset();
    values[TIMESTAMP] = kafka.timestamp();
    values[TIMESTAMP_TYPE] = kafka.timestampType().id;
    values[KEY] = kafka.key();
    values[VALUE] = kafka.value();
    Header[] headers = kafka.headers().toArray();
    values[HEADERS] = headers.length == 0 ? null : headers(headers);
  }

  /** All of a range was read up to {@code end}, exclusive. */
  void setRange(PlannedRange range, long end) {
    for (int i = OFFSET; i <= HEADERS; i++) {
      values[i] = null;
    }
    values[RANGE_START] = range.start();
    values[RANGE_END] = end;
    values[GAPS] = UTF8String.fromString("{\"default\":\"%s\"}".formatted(range.holes().label()));
    values[RANGE_LEADER_EPOCH] =
        range.leaderEpoch() == PlannedRange.NO_EPOCH ? null : range.leaderEpoch();
    values[RANGE_RECORD_EPOCH] = lastEpoch.orElse(null);
  }

  private static GenericArrayData headers(Header[] headers) {
    Object[] rows = new Object[headers.length];
    for (int i = 0; i < headers.length; i++) {
      rows[i] =
          new GenericInternalRow(
              new Object[] {UTF8String.fromString(headers[i].key()), headers[i].value()});
    }
    return new GenericArrayData(rows);
  }
}
