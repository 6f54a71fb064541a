package dev.tributary.archive.decode;

import java.math.BigDecimal;
import java.util.Optional;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;

/** decimal(p,s): exactly the number, or nothing. */
final class Decimals extends NumberConverter {
  private static final int LONG_DIGITS = 18;
  private static final long[] POWERS = new long[LONG_DIGITS + 1];

  static {
    POWERS[0] = 1;
    for (int power = 1; power <= LONG_DIGITS; power++) {
      POWERS[power] = 10 * POWERS[power - 1];
    }
  }

  private final int precision;
  private final int scale;

  Decimals(DecimalType type) {
    super(type.simpleString(), Strings.TAKEN);
    this.precision = type.precision();
    this.scale = type.scale();
  }

  /** How many digits a number has before its point; no more than 0 for one below 1. */
  static long integerDigits(BigDecimal value) {
    return value.signum() == 0 ? 0 : (long) value.precision() - value.scale();
  }

  @Override
  Object convert(JsonNumber read, JsonCursor cursor, int start) {
    if (read.isShort() && precision <= LONG_DIGITS && read.scale() <= scale) {
      long factor = POWERS[scale - read.scale()];
      if (Math.abs(read.unscaled()) > (POWERS[precision] - 1) / factor) {
        return outOfRange(cursor, start);
      }
      return Decimal.createUnsafe(read.unscaled() * factor, precision, scale);
    }
    Optional<BigDecimal> decimal = read.decimal();
    if (decimal.isEmpty()) {
      return outOfRange(cursor, start);
    }
    BigDecimal value = decimal.get();
    if (value.scale() > scale) {
      return wrongType(cursor, start);
    }
    if (integerDigits(value) > precision - scale) {
      return outOfRange(cursor, start);
    }
    return Decimal.apply(value.setScale(scale), precision, scale);
  }
}
