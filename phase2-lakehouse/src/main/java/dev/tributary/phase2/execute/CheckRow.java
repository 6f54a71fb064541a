package dev.tributary.phase2.execute;

import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ExpectationSpec;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/**
 * Decides what becomes of a row that does not meet every expectation; called for such rows only.
 * Where several have something to say, quarantine goes before drop, and of one policy the first.
 */
final class CheckRow implements UDF1<Row, Boolean> {
  private static final long serialVersionUID = 1L;
  private static final int HELD = 8;

  private final Diversion diversion;
  private final ArrayList<String> names = new ArrayList<>();
  private final ArrayList<CheckPolicy> policies = new ArrayList<>();

  CheckRow(Diversion diversion, List<ExpectationSpec> expectations) {
    this.diversion = diversion;
    for (ExpectationSpec expectation : expectations) {
      names.add(expectation.name());
      policies.add(expectation.policy());
    }
  }

  @Override
  public Boolean call(Row row) {
    List<Boolean> held = row.getList(HELD);
    List<String> unmet = new ArrayList<>();
    String quarantines = null;
    boolean drops = false;
    for (int i = 0; i < names.size(); i++) {
      if (held.get(i)) {
        continue;
      }
      unmet.add(names.get(i));
      drops |= policies.get(i) == CheckPolicy.DROP;
      if (quarantines == null && policies.get(i) == CheckPolicy.QUARANTINE) {
        quarantines = names.get(i);
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
    }
    return !drops;
  }
}
