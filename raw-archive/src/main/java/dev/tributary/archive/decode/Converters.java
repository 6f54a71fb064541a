package dev.tributary.archive.decode;

import static dev.tributary.archive.decode.DecodeError.WRONG_TYPE;

import dev.tributary.archive.decode.JsonCursor.Failure;
import dev.tributary.archive.decode.NumberConverter.Floating;
import dev.tributary.archive.decode.NumberConverter.Integral;
import dev.tributary.archive.decode.NumberConverter.Strings;
import dev.tributary.archive.decode.ObjectDecoder.Slot;
import dev.tributary.archive.decode.TimeText.Outcome;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayBasedMapData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** The table of casts: which converter a type has. */
final class Converters {
  private Converters() {}

  /**
   * A converter of its own for a column of this type.
   *
   * @throws TributaryException SPEC_INVALID for a type that has none
   */
  static Converter of(String column, DataType type) {
    if (type instanceof DecimalType decimal) {
      return new Decimals(decimal);
    }
    if (type instanceof ArrayType array) {
      Converter element = of(column, array.elementType());
      return cursor -> array(cursor, element, type);
    }
    if (type instanceof MapType map && map.keyType().equals(DataTypes.StringType)) {
      Converter value = of(column, map.valueType());
      return cursor -> map(cursor, value, type);
    }
    if (type instanceof StructType struct) {
      ObjectDecoder fields = fields(column, struct);
      return cursor -> struct(cursor, fields, type);
    }
    return scalar(column, type);
  }

  private static Converter scalar(String column, DataType type) {
    return switch (type.catalogString()) {
      case "string" -> Converters::string;
      case "boolean" -> Converters::bool;
      case "tinyint" ->
          new Integral(
              "tinyint", Strings.REFUSED, Byte.MIN_VALUE, Byte.MAX_VALUE, value -> (byte) value);
      case "smallint" ->
          new Integral(
              "smallint",
              Strings.REFUSED,
              Short.MIN_VALUE,
              Short.MAX_VALUE,
              value -> (short) value);
      case "int" ->
          new Integral(
              "int", Strings.REFUSED, Integer.MIN_VALUE, Integer.MAX_VALUE, value -> (int) value);
      case "bigint" ->
          new Integral("bigint", Strings.TAKEN, Long.MIN_VALUE, Long.MAX_VALUE, value -> value);
      case "float" -> Floating.ofFloat();
      case "double" -> Floating.ofDouble();
      case "date" -> date();
      case "timestamp" -> new TimestampConverter();
      case "binary" -> Converters::binary;
      default ->
          throw new TributaryException(
              ErrorCode.SPEC_INVALID,
              "The column %s has the type %s, which the decoder has no cast for. Use string, boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), date, timestamp, binary, array<…>, map<string,…> or struct<…>."
                  .formatted(column, type.sql()));
    };
  }

  private static Object string(JsonCursor cursor) {
    int start = cursor.at();
    if (cursor.peek() == '"') {
      cursor.readText();
      Object text = JsonText.read(cursor);
      return text == JsonCursor.FAILED ? cursor.fail(WRONG_TYPE, "string", start) : text;
    }
    cursor.skipValue();
    return UTF8String.fromBytes(cursor.bytes(), start, cursor.at() - start);
  }

  private static Object bool(JsonCursor cursor) {
    byte first = cursor.peek();
    if (first != 't' && first != 'f') {
      return cursor.fail(WRONG_TYPE, "boolean", cursor.at());
    }
    cursor.skipValue();
    return first == 't';
  }

  private static Converter date() {
    TimeText time = new TimeText();
    return cursor -> {
      int start = cursor.at();
      if (cursor.peek() != '"') {
        return cursor.fail(WRONG_TYPE, "date", start);
      }
      cursor.readText();
      Outcome outcome = time.readDate(cursor.bytes(), cursor.textStart(), cursor.textEnd());
      return outcome == Outcome.READ
          ? (Object) (int) time.value()
          : cursor.fail(outcome.error(), "date", start);
    };
  }

  private static Object binary(JsonCursor cursor) {
    int start = cursor.at();
    if (cursor.peek() == '"') {
      cursor.readText();
      byte[] text = Arrays.copyOfRange(cursor.bytes(), cursor.textStart(), cursor.textEnd());
      if (cursor.escaped()) {
        // The slash of base64 may be escaped in JSON.
        int length = JsonText.unescape(cursor.bytes(), cursor.textStart(), cursor.textEnd(), text);
        text = Arrays.copyOf(text, Math.max(0, length));
      }
      try {
        return Base64.getDecoder().decode(text);
      } catch (IllegalArgumentException e) {
        return cursor.fail(WRONG_TYPE, "binary (base64)", start);
      }
    }
    return cursor.fail(WRONG_TYPE, "binary (base64)", start);
  }

  private static Object array(JsonCursor cursor, Converter element, DataType type) {
    int start = cursor.at();
    if (cursor.peek() != '[') {
      return cursor.fail(WRONG_TYPE, type.simpleString(), start);
    }
    List<Object> elements = new ArrayList<>();
    if (!cursor.enterEmpty()) {
      do {
        Object value = orNull(cursor, element);
        if (value == JsonCursor.FAILED) {
          cursor.fail(cursor.failure().below("[" + elements.size() + "]"));
          cursor.moveTo(start);
          cursor.skipValue();
          return value;
        }
        elements.add(value);
      } while (cursor.hasMore());
    }
    return new GenericArrayData(elements.toArray());
  }

  private static Object map(JsonCursor cursor, Converter element, DataType type) {
    int start = cursor.at();
    if (cursor.peek() != '{') {
      return cursor.fail(WRONG_TYPE, type.simpleString(), start);
    }
    Map<Object, Object> entries = new LinkedHashMap<>();
    Failure failure = Failure.NONE;
    if (!cursor.enterEmpty()) {
      do {
        cursor.readName();
        Object name = JsonText.read(cursor);
        Object value = orNull(cursor, element);
        if (name == JsonCursor.FAILED) {
          return cursor.fail(WRONG_TYPE, type.simpleString(), start);
        }
        if (value == JsonCursor.FAILED) {
          failure = cursor.failure().below(name.toString());
        }
        entries.put(name, value);
      } while (cursor.hasMore());
    }
    if (entries.containsValue(JsonCursor.FAILED)) {
      cursor.fail(failure);
      return JsonCursor.FAILED;
    }
    return new ArrayBasedMapData(
        new GenericArrayData(entries.keySet().toArray()),
        new GenericArrayData(entries.values().toArray()));
  }

  private static Object struct(JsonCursor cursor, ObjectDecoder fields, DataType type) {
    if (cursor.peek() != '{') {
      return cursor.fail(WRONG_TYPE, type.simpleString(), cursor.at());
    }
    Object[] values = new Object[fields.size()];
    return fields.decode(cursor, values, 0) ? new GenericInternalRow(values) : JsonCursor.FAILED;
  }

  private static Object orNull(JsonCursor cursor, Converter converter) {
    if (cursor.peek() == 'n') {
      cursor.skipValue();
      return null;
    }
    return converter.convert(cursor);
  }

  private static ObjectDecoder fields(String column, StructType struct) {
    List<Slot> slots = new ArrayList<>();
    for (StructField field : struct.fields()) {
      slots.add(
          new Slot(
              field.name(),
              List.of(field.name()),
              of(column + "." + field.name(), field.dataType()),
              field.nullable(),
              null));
    }
    return new ObjectDecoder(slots);
  }
}
