package dev.tributary.archive.spark;

import dev.tributary.archive.decode.ColumnDecoder;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.line.LineView;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** Turns lines into Catalyst rows of the required columns, into one row that is used again. */
final class RowFiller {
  private static final Map<TimestampType, UTF8String> TIMESTAMP_TYPES = timestampTypes();

  private static final long GREATEST_MILLIS = Long.MAX_VALUE / 1000;

  private final MetaField[] meta;
  private final int[] metaAt;
  private final Optional<ColumnDecoder> decoder;
  private final Object[] decoded;
  private final int[] decodedFrom;
  private final int[] decodedTo;
  private final Object[] values;
  private final InternalRow row;
  private FileSlice slice;
  private UTF8String topic;
  private Object incarnation;
  private Object partition;
  private Object sequence;
  private Object ingestTime;

  RowFiller(StructType schema, List<ColumnSpec> declared, UnknownFields unknownFields) {
    Map<String, ColumnSpec> byName = new HashMap<>();
    declared.forEach(column -> byName.put(column.name(), column));
    Map<String, MetaField> metaByName = new HashMap<>();
    for (MetaField field : MetaField.values()) {
      metaByName.put(field.label(), field);
    }
    String[] names = schema.fieldNames();
    List<Integer> metaPlaces = new ArrayList<>();
    List<Integer> columnPlaces = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      (byName.containsKey(names[i]) ? columnPlaces : metaPlaces).add(i);
    }
    metaAt = metaPlaces.stream().mapToInt(Integer::intValue).toArray();
    meta = metaPlaces.stream().map(i -> metaByName.get(names[i])).toArray(MetaField[]::new);
    // An error is a matter of the record, whichever of its columns are asked for.
    boolean errors =
        Arrays.stream(meta)
            .anyMatch(field -> field == MetaField.ERROR || field == MetaField.ERROR_MESSAGE);
    boolean rescued = Arrays.asList(meta).contains(MetaField.RESCUED);
    List<ColumnSpec> decodedColumns =
        errors || rescued
            ? declared
            : columnPlaces.stream().map(i -> byName.get(names[i])).toList();
    // Beside some of the columns alone, the others' fields would be unknown.
    boolean settled = unknownFields == UnknownFields.RESCUE ? rescued : errors;
    UnknownFields policy = settled ? unknownFields : UnknownFields.IGNORE;
    decoder =
        decodedColumns.isEmpty() && policy == UnknownFields.IGNORE
            ? Optional.empty()
            : Optional.of(ColumnDecoder.of(decodedColumns, policy));
    decoded = new Object[decodedColumns.size()];
    decodedTo = columnPlaces.stream().mapToInt(Integer::intValue).toArray();
    decodedFrom =
        columnPlaces.stream().mapToInt(i -> decodedColumns.indexOf(byName.get(names[i]))).toArray();
    values = new Object[names.length];
    row = new GenericInternalRow(values);
  }

  private static Map<TimestampType, UTF8String> timestampTypes() {
    Map<TimestampType, UTF8String> types = new EnumMap<>(TimestampType.class);
    for (TimestampType type : TimestampType.values()) {
      types.put(type, UTF8String.fromString(type.label()));
    }
    return types;
  }

  /** The lines that follow are those of this segment. */
  void begin(FileSlice of, Segment segment) {
    slice = of;
    topic = UTF8String.fromString(slice.topic());
    incarnation = segment.incarnation();
    partition = segment.partition();
    sequence = slice.sequence();
    ingestTime = slice.ingestTime() * 1000;
  }

  /** Fills the row from a line. */
  void fill(LineView line) {
    boolean fine = decoder.isEmpty() || decoder.get().decode(line, decoded, 0);
    for (int i = 0; i < decodedTo.length; i++) {
      values[decodedTo[i]] = fine ? decoded[decodedFrom[i]] : null;
    }
    for (int i = 0; i < meta.length; i++) {
      values[metaAt[i]] =
          switch (meta[i]) {
            case TOPIC -> topic;
            case INCARNATION -> incarnation;
            case PARTITION -> partition;
            case OFFSET -> line.offset();
            case TIMESTAMP -> micros(line.timestamp());
            case TIMESTAMP_TYPE -> TIMESTAMP_TYPES.get(line.timestampType());
            case INGEST_TIME -> ingestTime;
            case SEQUENCE -> sequence;
            case KEY -> line.hasKey() ? line.key() : null;
            case HEADERS -> headers(line);
            case VALUE -> line.isTombstone() ? null : line.value();
            case KEY_TEXT -> line.keyIsText() ? UTF8String.fromBytes(line.key()) : null;
            case TOMBSTONE -> line.isTombstone();
            case ERROR -> fine ? null : UTF8String.fromString(decoder.get().error().code());
            case ERROR_MESSAGE -> fine ? null : UTF8String.fromString(decoder.get().errorMessage());
            case RESCUED -> decoder.get().rescued().orElse(null);
          };
    }
  }

  /** Null where there is no time, or one that Spark cannot hold: nanoseconds, taken for millis. */
  private static Object micros(long timestamp) {
    return timestamp < 0 || timestamp > GREATEST_MILLIS ? null : (Object) (timestamp * 1000);
  }

  /** The row, valid until the next fill. */
  InternalRow row() {
    return row;
  }

  private static Object headers(LineView line) {
    int count = line.headerCount();
    if (count == 0) {
      return null;
    }
    Object[] headers = new Object[count];
    for (int i = 0; i < count; i++) {
      headers[i] =
          new GenericInternalRow(
              new Object[] {
                UTF8String.fromBytes(line.headerName(i)),
                line.headerHasValue(i) ? line.headerValue(i) : null
              });
    }
    return new GenericArrayData(headers);
  }
}
