package dev.tributary.phase2.execute;

import org.apache.spark.sql.api.java.UDF1;

/** Leaves out the events that delete where a dataset ignores deletes, and counts them. */
final class CountIgnored implements UDF1<Long, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;

  CountIgnored(Diversion diversion) {
    this.diversion = diversion;
  }

  @Override
  public Boolean call(Long offset) {
    diversion.ignoredEvent();
    return false;
  }
}
