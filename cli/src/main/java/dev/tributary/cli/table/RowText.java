package dev.tributary.cli.table;

import io.delta.kernel.data.Row;
import io.delta.kernel.types.BinaryType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.ByteType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DateType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.ShortType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.TimestampNTZType;
import io.delta.kernel.types.TimestampType;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;

/** A cell of a row as a person reads it. */
public final class RowText {
  private RowText() {}

  /** The text of the column at the given place; {@code -} for null. */
  public static String of(Row row, int column) {
    if (row.isNullAt(column)) {
      return "-";
    }
    DataType type = row.getSchema().at(column).getDataType();
    if (type instanceof StringType) {
      return row.getString(column);
    }
    if (type instanceof IntegerType) {
      return String.valueOf(row.getInt(column));
    }
    if (type instanceof LongType) {
      return String.valueOf(row.getLong(column));
    }
    if (type instanceof DoubleType) {
      return String.valueOf(row.getDouble(column));
    }
    if (type instanceof BooleanType) {
      return String.valueOf(row.getBoolean(column));
    }
    if (type instanceof TimestampType || type instanceof TimestampNTZType) {
      return Instant.EPOCH.plus(row.getLong(column), ChronoUnit.MICROS).toString();
    }
    if (type instanceof DateType) {
      return LocalDate.ofEpochDay(row.getInt(column)).toString();
    }
    if (type instanceof DecimalType) {
      return row.getDecimal(column).toPlainString();
    }
    if (type instanceof FloatType) {
      return String.valueOf(row.getFloat(column));
    }
    if (type instanceof ShortType) {
      return String.valueOf(row.getShort(column));
    }
    if (type instanceof ByteType) {
      return String.valueOf(row.getByte(column));
    }
    if (type instanceof BinaryType) {
      return row.getBinary(column).length + " bytes";
    }
    return type.toString();
  }
}
