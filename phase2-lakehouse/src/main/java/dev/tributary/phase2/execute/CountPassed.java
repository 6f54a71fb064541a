package dev.tributary.phase2.execute;

import org.apache.spark.sql.api.java.UDF1;

/** Counts the rows that leave a step. */
final class CountPassed implements UDF1<Long, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;
  private final String step;

  CountPassed(Diversion diversion, String step) {
    this.diversion = diversion;
    this.step = step;
  }

  @Override
  public Boolean call(Long offset) {
    diversion.passed(step);
    return true;
  }
}
