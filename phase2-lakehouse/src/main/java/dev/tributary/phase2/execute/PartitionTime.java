package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.date_format;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.year;

import dev.tributary.core.spec.PartitionColumn;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/**
 * Partitions by time, and times that nobody can mean (microseconds that were taken for
 * milliseconds, a clock that was never set): such a time would make partitions of its own for ever,
 * so that its record is set aside.
 */
final class PartitionTime {
  /** The first year that somebody can mean. */
  static final int FIRST_YEAR = 1900;

  /** The last one. */
  static final int LAST_YEAR = 2199;

  /** The code of a row without a time. */
  static final String MISSING = "missing-time";

  /** The code of a row with a time that nobody can mean. */
  static final String ABSURD = "absurd-time";

  private PartitionTime() {}

  /** The code of a time that makes no partition; null for one that does. */
  static Column problem(Column time) {
    return when(time.isNull(), lit(MISSING)).when(absurd(time), lit(ABSURD));
  }

  /** As {@link #problem}, for people. */
  static Column message(String column, Column time) {
    return when(
            time.isNull(),
            lit("The column %s has no time, and its partition comes from it.".formatted(column)))
        .when(absurd(time), lit(absurd(column)));
  }

  /** That the time in a column is one that nobody can mean, for people. */
  static String absurd(String column) {
    return "The time in column %s lies outside the years %d to %d."
        .formatted(column, FIRST_YEAR, LAST_YEAR);
  }

  private static Column absurd(Column time) {
    return year(time).lt(FIRST_YEAR).or(year(time).gt(LAST_YEAR));
  }

  /** The partition of a time. */
  static Column of(PartitionColumn partition, Column time) {
    return switch (partition.derivation().orElseThrow()) {
      case YEAR -> year(time);
      case MONTH -> date_format(time, "yyyy-MM");
      case DAY -> time.cast(DataTypes.DateType);
      case HOUR -> date_format(time, "yyyy-MM-dd-HH");
    };
  }
}
