package dev.tributary.phase2.execute;

import dev.tributary.core.spec.CheckPolicy;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/** Decides what becomes of a record that does not meet the schema; called for such ones only. */
final class CheckSchema implements UDF1<Row, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;
  private final CheckPolicy policy;

  CheckSchema(Diversion diversion, CheckPolicy policy) {
    this.diversion = diversion;
    this.policy = policy;
  }

  @Override
  public Boolean call(Row row) {
    if (policy == CheckPolicy.QUARANTINE) {
      diversion.add(BadRecord.ofSchema(row));
      return false;
    }
    diversion.unmet(SchemaCheck.STEP, BadRecord.id(row));
    if (policy == CheckPolicy.DROP) {
      diversion.dropped(SchemaCheck.STEP);
      return false;
    }
    return true;
  }
}
