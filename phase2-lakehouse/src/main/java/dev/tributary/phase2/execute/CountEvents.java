package dev.tributary.phase2.execute;

import org.apache.spark.sql.api.java.UDF1;

/** Counts the events of an upsert before they are reduced. */
final class CountEvents implements UDF1<Long, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;

  CountEvents(Diversion diversion) {
    this.diversion = diversion;
  }

  @Override
  public Boolean call(Long offset) {
    diversion.event();
    return true;
  }
}
