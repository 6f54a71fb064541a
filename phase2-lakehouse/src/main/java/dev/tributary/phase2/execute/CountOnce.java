package dev.tributary.phase2.execute;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/** Counts the rows that leave a step, and finds those that leave it twice. */
final class CountOnce implements UDF1<Row, Boolean> {
  private static final long serialVersionUID = 1L;
  private static final int ROW = 4;

  private final Diversion diversion;
  private final String step;

  CountOnce(Diversion diversion, String step) {
    this.diversion = diversion;
    this.step = step;
  }

  @Override
  public Boolean call(Row row) {
    diversion.passedOnce(step, BadRecord.id(row), row.getInt(ROW));
    return true;
  }
}
