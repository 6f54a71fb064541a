package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which table takes the place of the one that is there. It says all that the accounts need, so that
 * whoever finishes the plan asks nobody.
 *
 * @param fromVersion the dataset version that the table stands under
 * @param table the new table's URI, in the folder of the one that is there
 * @param begun which rebuild made it: the {@code id} in its {@link RebuildFolders#begun}
 * @param plan the newest plan of the new table's own log
 * @param tableVersion the new table's version
 * @param quarantineVersion that of its quarantine; empty: there is none
 * @param tombstonesVersion that of its tombstones; empty: there are none
 * @param lateVersion that of its late table; empty: there is none
 * @param totals what became of the records that it read
 * @param again what erasures took out of it
 * @param eventTime the greatest of its rows, epoch milliseconds; empty: none has one
 * @param first by topic the first entry that the new table has read
 * @param comparedWith the plan of the table that is there as of which both were compared
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Cutover(
    long fromVersion,
    String table,
    String begun,
    long plan,
    long tableVersion,
    Optional<Long> quarantineVersion,
    Optional<Long> tombstonesVersion,
    Optional<Long> lateVersion,
    PlanCounts totals,
    BackfillTotals again,
    Optional<Long> eventTime,
    Map<String, Long> first,
    long comparedWith) {
  /** Fills in what is absent. */
  public Cutover {
    requireNonNull(table, "table");
    requireNonNull(begun, "begun");
    quarantineVersion = quarantineVersion == null ? Optional.empty() : quarantineVersion;
    tombstonesVersion = tombstonesVersion == null ? Optional.empty() : tombstonesVersion;
    lateVersion = lateVersion == null ? Optional.empty() : lateVersion;
    totals = totals == null ? PlanCounts.NONE : totals;
    again = again == null ? BackfillTotals.NONE : again;
    eventTime = eventTime == null ? Optional.empty() : eventTime;
    first = first == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(first));
  }
}
