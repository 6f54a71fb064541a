package dev.tributary.phase2.execute;

import org.apache.spark.sql.api.java.UDF1;

/** Tells of the event time of each row that passes, in epoch milliseconds. */
final class SeeEventTime implements UDF1<Long, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;

  SeeEventTime(Diversion diversion) {
    this.diversion = diversion;
  }

  @Override
  public Boolean call(Long millis) {
    if (millis != null) {
      diversion.happened(millis);
    }
    return true;
  }
}
