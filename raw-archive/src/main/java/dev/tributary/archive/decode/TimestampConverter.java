package dev.tributary.archive.decode;

import dev.tributary.archive.decode.TimeText.Outcome;
import java.math.BigDecimal;
import java.util.Optional;

/** timestamp: ISO 8601 in a string, or epoch milliseconds as a number. */
final class TimestampConverter extends NumberConverter {
  /** Milliseconds have at most so many digits, which is up to the year 33658. */
  private static final int BOUND_DIGITS = 15;

  private static final long BOUND = 1_000_000_000_000_000L;

  private final TimeText time = new TimeText();

  TimestampConverter() {
    super("timestamp", Strings.REFUSED);
  }

  @Override
  Object convert(JsonNumber read, JsonCursor cursor, int start) {
    if (read.isShort() && read.scale() == 0 && Math.abs(read.unscaled()) < BOUND) {
      return read.unscaled() * 1_000;
    }
    Optional<BigDecimal> decimal = read.decimal();
    if (decimal.isEmpty()) {
      return outOfRange(cursor, start);
    }
    BigDecimal millis = decimal.get();
    if (millis.scale() > 3) {
      return wrongType(cursor, start);
    }
    if (Decimals.integerDigits(millis) > BOUND_DIGITS) {
      return outOfRange(cursor, start);
    }
    return millis.scaleByPowerOfTen(3).longValueExact();
  }

  @Override
  Object text(JsonCursor cursor, int start) {
    if (cursor.escaped()) {
      return wrongType(cursor, start);
    }
    Outcome outcome = time.readTimestamp(cursor.bytes(), cursor.textStart(), cursor.textEnd());
    return outcome == Outcome.READ
        ? (Object) time.value()
        : cursor.fail(outcome.error(), "timestamp", start);
  }
}
