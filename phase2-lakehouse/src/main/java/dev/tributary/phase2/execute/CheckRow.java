package dev.tributary.phase2.execute;

import dev.tributary.core.spec.CheckPolicy;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/**
 * Decides what becomes of a row that does not meet every expectation; called for such rows only.
 * Where several have something to say, quarantine goes before drop, drop before the late table, and
 * of one policy the first.
 */
final class CheckRow implements UDF1<Row, Boolean> {
  private static final long serialVersionUID = 1L;
  private static final int HELD = 8;

  private final Diversion diversion;
  private final ArrayList<Expectation> expectations;

  CheckRow(Diversion diversion, List<Expectation> expectations) {
    this.diversion = diversion;
    this.expectations = new ArrayList<>(expectations);
  }

  @Override
  public Boolean call(Row row) {
    List<Boolean> held = row.getList(HELD);
    List<String> unmet = new ArrayList<>();
    Expectation quarantines = null;
    boolean drops = false;
    boolean routes = false;
    for (int i = 0; i < expectations.size(); i++) {
      if (held.get(i)) {
        continue;
      }
      Expectation expectation = expectations.get(i);
      unmet.add(expectation.name());
      drops |= expectation.policy() == CheckPolicy.DROP;
      routes |= expectation.policy() == CheckPolicy.TABLE;
      if (quarantines == null && expectation.policy() == CheckPolicy.QUARANTINE) {
        quarantines = expectation;
      }
    }
    if (quarantines != null) {
      diversion.add(BadRecord.unmet(row, quarantines, unmet));
      return false;
    }
    RecordId record = BadRecord.id(row);
    unmet.forEach(name -> diversion.unmet(name, record));
    if (drops) {
      diversion.dropped(Expectations.STEP);
      return false;
    }
    if (routes) {
      diversion.routed();
    }
    return !routes;
  }
}
