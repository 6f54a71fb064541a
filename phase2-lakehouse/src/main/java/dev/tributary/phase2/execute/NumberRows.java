package dev.tributary.phase2.execute;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/**
 * Numbers the rows of each record from 0, as they come out of a step that explodes: one record's
 * one after the other, in the order of the rows that they were made of. Counts both. Of one task.
 */
final class NumberRows implements UDF1<Row, Integer> {
  private static final long serialVersionUID = 1L;
  private static final int ROW = 4;

  private final Diversion diversion;
  private final String step;
  private final RowSet met = new RowSet();
  private RecordId record;
  private int source;
  private int next;

  NumberRows(Diversion diversion, String step) {
    this.diversion = diversion;
    this.step = step;
  }

  /**
   * The number.
   *
   * @param row what names the record, and the number that the exploded row had in it
   */
  @Override
  public Integer call(Row row) {
    RecordId of = BadRecord.id(row);
    boolean another = !of.equals(record);
    if (another) {
      if (!met.add(of, 0)) {
        diversion.doubled(step, of);
      }
      record = of;
      next = 0;
    }
    if (another || source != row.getInt(ROW)) {
      source = row.getInt(ROW);
      diversion.exploded(step);
    }
    diversion.passed(step);
    return next++;
  }
}
