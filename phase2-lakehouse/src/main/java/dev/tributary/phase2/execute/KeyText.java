package dev.tributary.phase2.execute;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * Whether a type takes a text without a loss. A cast rounds 12.345 to a {@code decimal(10,2)} and
 * cuts a time to a date, and would name another key than the one that was given.
 */
final class KeyText {
  /** A whole date, and no more digits of a second than Spark has. */
  private static final Pattern TIME = Pattern.compile("[+-]?\\d{4,}-\\d{1,2}-\\d{1,2}.*");

  private static final Pattern FINER = Pattern.compile(".*\\.\\d{7,}.*");
  private static final Pattern ZONED =
      Pattern.compile(".*[T ]\\d{1,2}:.*(Z|[+-]\\d.*|[A-Za-z]{3,}.*)");

  private KeyText() {}

  /**
   * Whether it does.
   *
   * @param given the text
   * @param cast what the type made of it, as text
   */
  static boolean keeps(DataType type, String given, String cast) {
    String text = given.strip();
    if (type instanceof StringType) {
      return given.equals(cast);
    }
    if (type instanceof NumericType) {
      return sameNumber(text, cast);
    }
    if (type instanceof DateType) {
      return text.equals(cast);
    }
    if (type instanceof BooleanType) {
      return text.equalsIgnoreCase(cast);
    }
    if (type instanceof TimestampType || type instanceof TimestampNTZType) {
      return TIME.matcher(text).matches()
          && !FINER.matcher(text).matches()
          && !(type instanceof TimestampNTZType && ZONED.matcher(text).matches());
    }
    return true;
  }

  private static boolean sameNumber(String text, String cast) {
    try {
      return new BigDecimal(text).compareTo(new BigDecimal(cast)) == 0;
    } catch (NumberFormatException e) {
      // Such as NaN, which is a number to Spark.
      return text.equalsIgnoreCase(cast);
    }
  }
}
