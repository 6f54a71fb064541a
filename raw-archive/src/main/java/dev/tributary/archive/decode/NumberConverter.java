package dev.tributary.archive.decode;

import static dev.tributary.archive.decode.DecodeError.OUT_OF_RANGE;
import static dev.tributary.archive.decode.DecodeError.WRONG_TYPE;

import java.math.BigDecimal;
import java.util.Optional;

/** What the types of numbers have in common: where the number stands and how it fails. */
abstract class NumberConverter implements Converter {
  private final JsonNumber number = new JsonNumber();
  private final String type;
  private final Strings strings;

  /** Whether a type also takes a number that stands in a string. */
  enum Strings {
    TAKEN,
    REFUSED
  }

  NumberConverter(String type, Strings strings) {
    this.type = type;
    this.strings = strings;
  }

  /** The number as the type, or one of the two failures below. */
  abstract Object convert(JsonNumber read, JsonCursor cursor, int start);

  @Override
  public final Object convert(JsonCursor cursor) {
    int start = cursor.at();
    byte first = cursor.peek();
    if (first == '"') {
      cursor.readText();
      if (strings == Strings.TAKEN
          && !cursor.escaped()
          && number.read(cursor.bytes(), cursor.textStart(), cursor.textEnd())) {
        return convert(number, cursor, start);
      }
      return text(cursor, start);
    }
    if (first != '-' && (first < '0' || first > '9')) {
      return wrongType(cursor, start);
    }
    cursor.skipValue();
    number.read(cursor.bytes(), start, cursor.at());
    return convert(number, cursor, start);
  }

  /** What a string that is not taken as a number means. */
  Object text(JsonCursor cursor, int start) {
    return wrongType(cursor, start);
  }

  final Object wrongType(JsonCursor cursor, int start) {
    return cursor.fail(WRONG_TYPE, type, start);
  }

  final Object outOfRange(JsonCursor cursor, int start) {
    return cursor.fail(OUT_OF_RANGE, type, start);
  }

  /** tinyint, smallint, int, bigint: a number without a fraction, however it is written. */
  static final class Integral extends NumberConverter {
    private final long least;
    private final long greatest;
    private final Boxing boxing;

    /** The type's own box. */
    interface Boxing {
      Object box(long value);
    }

    Integral(String type, Strings strings, long least, long greatest, Boxing boxing) {
      super(type, strings);
      this.least = least;
      this.greatest = greatest;
      this.boxing = boxing;
    }

    @Override
    Object convert(JsonNumber read, JsonCursor cursor, int start) {
      if (read.isShort() && read.scale() == 0) {
        return box(read.unscaled(), cursor, start);
      }
      Optional<BigDecimal> decimal = read.decimal();
      if (decimal.isEmpty()) {
        return outOfRange(cursor, start);
      }
      BigDecimal value = decimal.get();
      if (value.scale() > 0) {
        return wrongType(cursor, start);
      }
      if (Decimals.integerDigits(value) > 19) {
        return outOfRange(cursor, start);
      }
      try {
        return box(value.longValueExact(), cursor, start);
      } catch (ArithmeticException e) {
        return outOfRange(cursor, start);
      }
    }

    private Object box(long value, JsonCursor cursor, int start) {
      return value < least || value > greatest ? outOfRange(cursor, start) : boxing.box(value);
    }
  }

  /** float and double: the nearest one, and as strings the three that JSON has no number for. */
  static final class Floating extends NumberConverter {
    private static final double[] POWERS = {
      1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
      1e17, 1e18
    };
    private static final long EXACT = 1L << 53;

    private final boolean isDouble;

    private Floating(String type, boolean isDouble) {
      super(type, Strings.REFUSED);
      this.isDouble = isDouble;
    }

    static Floating ofDouble() {
      return new Floating("double", true);
    }

    static Floating ofFloat() {
      return new Floating("float", false);
    }

    @Override
    Object convert(JsonNumber read, JsonCursor cursor, int start) {
      if (!isDouble) {
        float value = Float.parseFloat(read.text());
        return Float.isInfinite(value) ? outOfRange(cursor, start) : (Object) value;
      }
      // Both are exact as doubles, so one division rounds once; minus zero goes the long way.
      if (read.isShort() && read.unscaled() != 0 && Math.abs(read.unscaled()) <= EXACT) {
        return read.unscaled() / POWERS[read.scale()];
      }
      double value = Double.parseDouble(read.text());
      return Double.isInfinite(value) ? outOfRange(cursor, start) : (Object) value;
    }

    @Override
    Object text(JsonCursor cursor, int start) {
      double value =
          switch (JsonText.excerpt(cursor.bytes(), cursor.textStart(), cursor.textEnd())) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> 0;
          };
      if (value == 0) {
        return wrongType(cursor, start);
      }
      return isDouble ? (Object) value : (Object) (float) value;
    }
  }
}
