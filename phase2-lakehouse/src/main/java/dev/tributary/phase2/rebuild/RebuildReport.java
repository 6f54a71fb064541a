package dev.tributary.phase2.rebuild;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.phase2.execute.Comparison;
import dev.tributary.phase2.report.JobReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * What a rebuild did, or would do.
 *
 * @param dataset whose table
 * @param table its URI
 * @param fromVersion the version that it stood under
 * @param version the version that it stands under from the cut-over on
 * @param outcome what came of it
 * @param plan the plan that cut over; empty: none did
 * @param read how many records the new table has read
 * @param waiting how many are still to be read
 * @param positions by topic the next entry after those that the new table has read
 * @param compared what both tables held; empty: they were not compared yet
 * @param next what is left to do, commands among it
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
record RebuildReport(
    String dataset,
    String table,
    long fromVersion,
    long version,
    Outcome outcome,
    Optional<Long> plan,
    long read,
    long waiting,
    Map<String, Long> positions,
    Optional<Comparison> compared,
    List<String> next)
    implements JobReport {
  RebuildReport {
    positions = new TreeMap<>(positions);
    next = List.copyOf(next);
  }

  /** What came of it. */
  enum Outcome {
    /** The new table has taken its place. */
    CUT_OVER("The table %s of dataset '%s' was rebuilt under version %d and cut over."),
    /** Nothing was changed. */
    DRY_RUN("Dry run: the table %s of dataset '%s' would be rebuilt under version %d."),
    /** The new table is gone. */
    ABANDONED("The rebuild of the table %s of dataset '%s' under version %d was given up.");

    private final String text;

    Outcome(String text) {
      this.text = text;
    }
  }

  @Override
  public String text() {
    StringJoiner text = new StringJoiner(System.lineSeparator(), "", System.lineSeparator());
    text.add(outcome.text.formatted(table, dataset, version));
    plan.ifPresent(
        number -> text.add("Plan %d, from version %d on.".formatted(number, fromVersion)));
    if (outcome != Outcome.ABANDONED) {
      text.add(
          "Records read: %d%s".formatted(read, waiting == 0 ? "" : ", to be read: " + waiting));
      positions.forEach(
          (topic, position) -> text.add("  %s: entries below %d".formatted(topic, position)));
    }
    compared.ifPresent(found -> text.add(words(found)));
    if (!next.isEmpty()) {
      text.add("Next:");
      next.forEach(each -> text.add("  " + each));
    }
    return text.toString();
  }

  /** What both tables held, for people. */
  static String words(Comparison found) {
    StringJoiner text = new StringJoiner(System.lineSeparator());
    text.add("Compared as of plan %d, the table and the new one:".formatted(found.plan()));
    text.add("  rows: %d and %d".formatted(found.rows(), found.rebuiltRows()));
    text.add(
        "  records with a row: %d and %d; in both %d, in the table alone %d, in the new one alone %d"
            .formatted(
                found.records(),
                found.rebuiltRecords(),
                found.both(),
                found.onlyNow(),
                found.onlyRebuilt()));
    text.add(
        "  in quarantine: %d and %d, %d of the latter with a row in the table"
            .formatted(found.quarantined(), found.rebuiltQuarantined(), found.setAside()));
    text.add("  rows of the same record with the same values: %d".formatted(found.equal()));
    found
        .changed()
        .forEach(
            (column, rows) -> text.add("    %d with another value in %s".formatted(rows, column)));
    if (found.foreign() > 0) {
      text.add("  rows that come from no entry which the new one has read: " + found.foreign());
    }
    if (!found.columnsGone().isEmpty()) {
      text.add(
          "  columns that the new one lacks, and no version in force declares: "
              + found.columnsGone());
    }
    if (found.unexplained() > 0) {
      text.add(
          "  records with a row in the table alone that nothing explains: " + found.unexplained());
    }
    return text.toString();
  }
}
