package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;

import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;

/**
 * The least and the greatest value of the first key column in a batch, as literals: files of the
 * table that lie outside need not be read.
 *
 * @param bounds two fields, null where there are no keys
 */
record KeyRange(Row bounds) {
  /** Before it a date of the calendar that {@link Date} has may be another one of Spark's. */
  private static final LocalDate GREGORIAN = LocalDate.of(1582, 10, 16);

  /** Adds the bounds to a condition, where their type has statistics. */
  Column within(Column condition, Column key) {
    if (bounds.isNullAt(0) || bounds.isNullAt(1) || !comparable(bounds.get(0))) {
      return condition;
    }
    return condition.and(key.geq(lit(bounds.get(0)))).and(key.leq(lit(bounds.get(1))));
  }

  /** Whether files have statistics of values like this, and a literal of it is the same value. */
  static boolean comparable(Object value) {
    return value instanceof String
        || value instanceof Number
        || value instanceof Date date && !date.toLocalDate().isBefore(GREGORIAN)
        || value instanceof LocalDate
        || value instanceof Timestamp time
            && !time.toLocalDateTime().toLocalDate().isBefore(GREGORIAN)
        || value instanceof Instant;
  }
}
