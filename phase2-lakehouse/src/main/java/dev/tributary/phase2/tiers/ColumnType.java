package dev.tributary.phase2.tiers;

import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.ByteType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.ShortType;
import io.delta.kernel.types.StructType;
import io.delta.kernel.types.TimestampNTZType;
import java.util.Locale;
import java.util.stream.Collectors;

/** A type as a dataset declares it and DDL writes it. */
final class ColumnType {
  private ColumnType() {}

  /** {@code bigint}, {@code decimal(12,2)}, {@code struct<a:int,b:array<string>>}. */
  static String of(DataType type) {
    if (type instanceof LongType) {
      return "bigint";
    }
    if (type instanceof IntegerType) {
      return "int";
    }
    if (type instanceof ShortType) {
      return "smallint";
    }
    if (type instanceof ByteType) {
      return "tinyint";
    }
    if (type instanceof TimestampNTZType) {
      return "timestamp_ntz";
    }
    if (type instanceof DecimalType decimal) {
      return "decimal(%d,%d)".formatted(decimal.getPrecision(), decimal.getScale());
    }
    if (type instanceof ArrayType array) {
      return "array<%s>".formatted(of(array.getElementType()));
    }
    if (type instanceof MapType map) {
      return "map<%s,%s>".formatted(of(map.getKeyType()), of(map.getValueType()));
    }
    if (type instanceof StructType struct) {
      return struct.fields().stream()
          .map(field -> field.getName() + ":" + of(field.getDataType()))
          .collect(Collectors.joining(",", "struct<", ">"));
    }
    return type.toString().toLowerCase(Locale.ROOT);
  }
}
