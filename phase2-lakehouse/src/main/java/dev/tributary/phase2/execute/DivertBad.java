package dev.tributary.phase2.execute;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/** Takes a bad record out of the rows; called for bad ones only. */
final class DivertBad implements UDF1<Row, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;
  private final String step;

  DivertBad(Diversion diversion, String step) {
    this.diversion = diversion;
    this.step = step;
  }

  @Override
  public Boolean call(Row row) {
    diversion.add(BadRecord.of(row, step));
    return false;
  }
}
