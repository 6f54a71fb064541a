package dev.tributary.phase2.execute;

import dev.tributary.transforms.StepKind;
import org.apache.spark.sql.api.java.UDF1;

/** Counts the rows that a step is given which explodes or combines. */
final class CountEntered implements UDF1<Long, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;
  private final String step;
  private final StepKind kind;

  CountEntered(Diversion diversion, String step, StepKind kind) {
    this.diversion = diversion;
    this.step = step;
    this.kind = kind;
  }

  @Override
  public Boolean call(Long offset) {
    if (kind == StepKind.COMBINE) {
      diversion.gathered(step);
      return true;
    }
    diversion.entered(step);
    return true;
  }
}
