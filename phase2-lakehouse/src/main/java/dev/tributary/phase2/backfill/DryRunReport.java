package dev.tributary.phase2.backfill;

import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.report.JobReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What a backfill would do.
 *
 * @param dataset whose records
 * @param version the dataset version that would do it
 * @param mode what would be done with them
 * @param table the table that would be written
 * @param ranges the manifest entries
 * @param left by topic the entry from which on live batches would do it
 * @param chunks in how many plans
 * @param counts what would become of the records
 * @param replaced what would be taken out
 * @param failures the first records that would be set aside
 * @param failuresByCode how many would be set aside, by code
 * @param expectations for how many records each expectation of the version would not hold
 * @param schemaChanges what the version changes of the table
 * @param partitions partitions of the table that would be touched, the first of them
 * @param refusals why plans would not be admitted; empty: all would be
 */
record DryRunReport(
    String dataset,
    long version,
    BackfillMode mode,
    String table,
    List<EntryRange> ranges,
    Map<String, Long> left,
    int chunks,
    PlanCounts counts,
    Replaced replaced,
    List<BadRecords.Bad> failures,
    Map<String, Long> failuresByCode,
    List<ExpectationCount> expectations,
    List<String> schemaChanges,
    List<String> partitions,
    List<String> refusals)
    implements JobReport {
  /** For people. */
  @Override
  public String text() {
    StringJoiner text = new StringJoiner(System.lineSeparator(), "", System.lineSeparator());
    text.add(
        "Dry run: %s of %s under version %d in %d chunks. Nothing was written."
            .formatted(mode.name().toLowerCase(Locale.ROOT), table, version, chunks));
    for (EntryRange range : ranges) {
      text.add(
          "  reads topic %s, entries %d to %d".formatted(range.topic(), range.from(), range.to()));
    }
    left.forEach(
        (topic, from) ->
            text.add(
                "  leaves topic %s from entry %d on to the live batches".formatted(topic, from)));
    text.add("Records: " + counted());
    if (!replaced.equals(Replaced.NOTHING)) {
      text.add(
          "Taken out: %d rows, %d quarantined records, %d late rows"
              .formatted(replaced.rows(), replaced.quarantined(), replaced.late()));
    }
    lines(text, "Schema changes", schemaChanges);
    lines(text, "Partitions touched", partitions);
    lines(
        text,
        "Set aside, by code",
        failuresByCode.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(each -> "%s: %d".formatted(each.getKey(), each.getValue()))
            .toList());
    lines(
        text,
        "Expectations that would not hold, by records",
        expectations.stream()
            .filter(each -> each.failed() > 0)
            .map(each -> "%s (%s): %d".formatted(each.name(), each.policy(), each.failed()))
            .toList());
    lines(
        text,
        "The first failures",
        failures.stream()
            .map(
                bad ->
                    "%s/%d offset %d (step %s): %s%s"
                        .formatted(
                            bad.topic(),
                            bad.partition(),
                            bad.offset(),
                            bad.step(),
                            bad.code(),
                            bad.message().map(": "::concat).orElse("")))
            .toList());
    lines(text, "Would not be admitted", refusals);
    return text.toString();
  }

  private String counted() {
    String made = counts.made() == 0 ? "" : " + %d made".formatted(counts.made());
    StringJoiner sum = new StringJoiner(" + ", counts.read() + made + " = ", "");
    sum.setEmptyValue("none");
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("held", counts.held());
    parts.put("inserted", counts.inserted());
    parts.put("updated", counts.updated());
    parts.put("deleted", counts.deleted());
    parts.put("filtered", counts.filtered());
    parts.put("quarantined", counts.quarantined());
    parts.put("superseded", counts.superseded());
    parts.put("late", counts.late() - counts.routed());
    parts.put("to the late table", counts.routed());
    parts.put("unmatched", counts.unmatched());
    parts.put("combined", counts.combined());
    parts.forEach(
        (name, count) -> {
          if (count != 0) {
            sum.add("%d %s".formatted(count, name));
          }
        });
    return sum.toString();
  }

  private static void lines(StringJoiner text, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      text.add(title + ":");
      lines.forEach(line -> text.add("  " + line));
    }
  }
}
