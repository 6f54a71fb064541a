package dev.tributary.cli.reconcile;

import dev.tributary.cli.table.DeltaSnapshot;
import dev.tributary.phase2.step.Coordinates;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The records that replays have resolved, by the plan that did. Their rows of the quarantine are
 * history: the records are what the plan made of them.
 *
 * @param byPlan the records
 */
record ResolvedRecords(Map<Long, CoordinateSet> byPlan) {
  /** The quarantine's column of the plan that resolved a record; older tables lack it. */
  static final String PLAN = "_resolved_plan";

  private static final List<String> COLUMNS =
      List.of(
          Coordinates.TOPIC,
          Coordinates.INCARNATION,
          Coordinates.PARTITION,
          Coordinates.OFFSET,
          PLAN);

  ResolvedRecords {
    byPlan = Collections.unmodifiableMap(byPlan);
  }

  /** Reads them from a quarantine, which may not exist. */
  static ResolvedRecords read(Path quarantine, Configuration configuration) {
    Map<Long, CoordinateSet> byPlan = new HashMap<>();
    Optional<DeltaSnapshot> table = DeltaSnapshot.open(quarantine.toString(), configuration);
    if (table.isPresent() && table.get().columns().containsAll(COLUMNS)) {
      table
          .get()
          .read(
              COLUMNS,
              row -> {
                if (!row.isNullAt(4)) {
                  byPlan
                      .computeIfAbsent(row.getLong(4), plan -> new CoordinateSet())
                      .add(
                          new PartitionId(row.getString(0), row.getInt(1), row.getInt(2)),
                          row.getLong(3));
                }
                return true;
              });
    }
    return new ResolvedRecords(byPlan);
  }

  /** Whether a plan resolved the record. */
  boolean by(long plan, PartitionId partition, long offset) {
    CoordinateSet records = byPlan.get(plan);
    return records != null && records.contains(partition, offset);
  }
}
