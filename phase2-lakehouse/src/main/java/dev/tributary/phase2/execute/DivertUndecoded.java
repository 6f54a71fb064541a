package dev.tributary.phase2.execute;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/**
 * Takes a record out of the rows that did not become one: as {@link DivertBad}, of a row that says
 * last which step refused it.
 */
final class DivertUndecoded implements UDF1<Row, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;

  DivertUndecoded(Diversion diversion) {
    this.diversion = diversion;
  }

  @Override
  public Boolean call(Row row) {
    diversion.add(BadRecord.of(row, row.getString(10)));
    return false;
  }
}
