package dev.tributary.phase2.execute;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a table and the one that is to take its place hold of the same entries of the archive.
 *
 * @param plan the plan as of which they were compared
 * @param rows rows of the table
 * @param rebuiltRows rows of the new one
 * @param records records with a row in the table
 * @param rebuiltRecords records with a row in the new one
 * @param both records with a row in both
 * @param onlyNow records with a row in the table alone
 * @param onlyRebuilt records with a row in the new one alone
 * @param equal rows of the same record that have the same values in all columns that both have
 * @param changed by column how many rows of the same record have another value there
 * @param quarantined records in quarantine
 * @param rebuiltQuarantined records in the new quarantine
 * @param setAside records with a row in the table that are in the new quarantine
 * @param foreign rows of the table that come from no record which the new one has read: from other
 *     entries, or from nobody knows where
 * @param unexplained records with a row in the table alone that the new one's accounts do not
 *     explain: neither set aside nor filtered, superseded, updated, late or deleted
 * @param columnsGone columns of the table that no version in force declares, and that the new one
 *     lacks
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Comparison(
    long plan,
    long rows,
    long rebuiltRows,
    long records,
    long rebuiltRecords,
    long both,
    long onlyNow,
    long onlyRebuilt,
    long equal,
    Map<String, Long> changed,
    long quarantined,
    long rebuiltQuarantined,
    long setAside,
    long foreign,
    long unexplained,
    List<String> columnsGone) {
  /** Copies the map and the list. */
  public Comparison {
    changed = changed == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(changed));
    columnsGone = columnsGone == null ? List.of() : List.copyOf(columnsGone);
  }
}
