package dev.tributary.archive.spark;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Where the sink finds what in a row, by the names of the columns. The columns of Spark's own Kafka
 * source do; incarnation and the four of a planned range are ours.
 */
final class SinkColumns {
  private static final int ABSENT = -1;

  private final int topic;
  private final int incarnation;
  private final int partition;
  private final int offset;
  private final int timestamp;
  private final boolean timestampIsMicros;
  private final int timestampType;
  private final int key;
  private final boolean keyIsString;
  private final int value;
  private final boolean valueIsString;
  private final int headers;
  private final int rangeStart;
  private final int rangeEnd;
  private final int gaps;
  private final int rangeLeaderEpoch;
  private final int rangeRecordEpoch;

  private SinkColumns(StructType schema) {
    topic = required(schema, "topic", DataTypes.StringType);
    incarnation = optional(schema, "incarnation", DataTypes.IntegerType);
    partition = required(schema, "partition", DataTypes.IntegerType);
    offset = required(schema, "offset", DataTypes.LongType);
    timestamp = optional(schema, "timestamp", DataTypes.LongType, DataTypes.TimestampType);
    timestampIsMicros = is(schema, timestamp, DataTypes.TimestampType);
    timestampType = optional(schema, "timestampType", DataTypes.IntegerType);
    key = optional(schema, "key", DataTypes.BinaryType, DataTypes.StringType);
    keyIsString = is(schema, key, DataTypes.StringType);
    value = required(schema, "value", DataTypes.BinaryType, DataTypes.StringType);
    valueIsString = is(schema, value, DataTypes.StringType);
    headers = headers(schema);
    rangeStart = optional(schema, "rangeStart", DataTypes.LongType);
    rangeEnd = optional(schema, "rangeEnd", DataTypes.LongType);
    gaps = optional(schema, "gaps", DataTypes.StringType);
    rangeLeaderEpoch = optional(schema, "rangeLeaderEpoch", DataTypes.IntegerType);
    rangeRecordEpoch = optional(schema, "rangeRecordEpoch", DataTypes.IntegerType);
  }

  /** The columns of a query's rows; SETTING_INVALID where one is missing or of another type. */
  static SinkColumns of(StructType schema) {
    return new SinkColumns(schema);
  }

  int topic() {
    return topic;
  }

  int partition() {
    return partition;
  }

  int offset() {
    return offset;
  }

  int headers() {
    return headers;
  }

  /** Whether the reader says what it planned, by a row after the last record of each range. */
  boolean plansRanges() {
    return rangeEnd != ABSENT;
  }

  boolean isRange(InternalRow row) {
    return rangeEnd != ABSENT && !row.isNullAt(rangeEnd);
  }

  long rangeStart(InternalRow row) {
    return row.getLong(rangeStart);
  }

  long rangeEnd(InternalRow row) {
    return row.getLong(rangeEnd);
  }

  /** What the reader knows about holes, as JSON; empty for nothing. */
  String gaps(InternalRow row) {
    return gaps == ABSENT || row.isNullAt(gaps) ? "" : row.getUTF8String(gaps).toString();
  }

  /** What the leader's epoch was when it held all of the range. */
  OptionalInt rangeLeaderEpoch(InternalRow row) {
    return number(row, rangeLeaderEpoch);
  }

  /** The leader epoch of the range's last record. */
  OptionalInt rangeRecordEpoch(InternalRow row) {
    return number(row, rangeRecordEpoch);
  }

  private static OptionalInt number(InternalRow row, int column) {
    return column == ABSENT || row.isNullAt(column)
        ? OptionalInt.empty()
        : OptionalInt.of(row.getInt(column));
  }

  int incarnation(InternalRow row, int current) {
    return incarnation == ABSENT || row.isNullAt(incarnation) ? current : row.getInt(incarnation);
  }

  /** Epoch milliseconds; -1 for none. */
  long timestamp(InternalRow row) {
    if (timestamp == ABSENT || row.isNullAt(timestamp)) {
      return -1;
    }
    long time = row.getLong(timestamp);
    return timestampIsMicros ? Math.floorDiv(time, 1000L) : time;
  }

  /** Kafka's number; where no column says it, a record with a timestamp has its producer's. */
  int timestampType(InternalRow row, long time) {
    if (timestampType == ABSENT || row.isNullAt(timestampType)) {
      return time < 0 ? -1 : 0;
    }
    return row.getInt(timestampType);
  }

  boolean hasKey(InternalRow row) {
    return key != ABSENT && !row.isNullAt(key);
  }

  byte[] key(InternalRow row) {
    return keyIsString ? row.getUTF8String(key).getBytes() : row.getBinary(key);
  }

  boolean hasValue(InternalRow row) {
    return !row.isNullAt(value);
  }

  byte[] value(InternalRow row) {
    return valueIsString ? row.getUTF8String(value).getBytes() : row.getBinary(value);
  }

  boolean hasHeaders(InternalRow row) {
    return headers != ABSENT && !row.isNullAt(headers);
  }

  private static int required(StructType schema, String name, DataType... types) {
    int at = optional(schema, name, types);
    if (at == ABSENT) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The rows for raw-archive lack the column %s; they have %s. Add it as %s."
              .formatted(name, Arrays.toString(schema.fieldNames()), types[0].simpleString()));
    }
    return at;
  }

  private static int optional(StructType schema, String name, DataType... types) {
    int at = List.of(schema.fieldNames()).indexOf(name);
    if (at == ABSENT) {
      return ABSENT;
    }
    DataType type = schema.fields()[at].dataType();
    if (!List.of(types).contains(type)) {
      throw wrongType(name, type, types[0].simpleString());
    }
    return at;
  }

  private static int headers(StructType schema) {
    int at = List.of(schema.fieldNames()).indexOf("headers");
    if (at == ABSENT) {
      return ABSENT;
    }
    DataType type = schema.fields()[at].dataType();
    if (type instanceof ArrayType array
        && array.elementType() instanceof StructType header
        && header.size() == 2
        && header.fields()[0].dataType().equals(DataTypes.StringType)
        && header.fields()[1].dataType().equals(DataTypes.BinaryType)) {
      return at;
    }
    throw wrongType("headers", type, "array<struct<key:string,value:binary>>");
  }

  private static TributaryException wrongType(String name, DataType type, String wanted) {
    return new TributaryException(
        ErrorCode.SETTING_INVALID,
        "The column %s of the rows for raw-archive is %s. Cast it to %s."
            .formatted(name, type.simpleString(), wanted));
  }

  private static boolean is(StructType schema, int at, DataType type) {
    return at != ABSENT && schema.fields()[at].dataType().equals(type);
  }
}
