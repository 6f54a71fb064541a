package dev.tributary.phase2.backfill;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.report.JobReport;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * What a replay did, or would do.
 *
 * @param dataset whose records
 * @param version the dataset version that took them up, the last one where it changed meanwhile
 * @param pending a later version that is registered and not in force yet; absent: there is none
 * @param dryRun whether nothing was written
 * @param table the table that was written
 * @param plans in how many plans
 * @param selected how many quarantined records it was about
 * @param resolved how many of these passed: they are in the table, or a step left them out, or
 *     something newer was there
 * @param again how many were set aside again
 * @param expired how many retention has removed from the archive
 * @param erased how many were taken out of the archive
 * @param counts what became of those that were read
 * @param againByCode those that were set aside again, by their new code
 * @param failures the first of these
 * @param refusals why plans would not be admitted; empty: all would be
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
record ReplayReport(
    String dataset,
    long version,
    OptionalLong pending,
    boolean dryRun,
    String table,
    int plans,
    long selected,
    long resolved,
    long again,
    long expired,
    long erased,
    PlanCounts counts,
    Map<String, Long> againByCode,
    List<BadRecords.Bad> failures,
    List<String> refusals)
    implements JobReport {
  ReplayReport {
    againByCode = new TreeMap<>(againByCode);
    failures = List.copyOf(failures);
    refusals = List.copyOf(refusals);
  }

  @Override
  public String text() {
    StringJoiner text = new StringJoiner(System.lineSeparator(), "", System.lineSeparator());
    text.add(
        "%s %s into %s under version %d, in %d plans.%s"
            .formatted(
                dryRun ? "Dry run: the replay of" : "Replayed",
                dataset,
                table,
                version,
                plans,
                dryRun ? " Nothing was written." : ""));
    pending.ifPresent(
        later ->
            text.add(
                "Version %d is registered and not in force: let phase2 bring it, and replay again for what it mends."
                    .formatted(later)));
    if (selected == 0) {
      text.add("No such record of the dataset stands in the quarantine.");
      return text.toString();
    }
    text.add("Records in quarantine: %d, of which".formatted(selected));
    text.add(
        "  %d %s resolved%s"
            .formatted(resolved, dryRun ? "would be" : "are", resolved == 0 ? "" : outcomes()));
    text.add("  %d %s set aside again".formatted(again, dryRun ? "would be" : "were"));
    againByCode.forEach((code, count) -> text.add("    %s: %d".formatted(code, count)));
    text.add(
        "  %d cannot be replayed, since the archive does not hold them any more (%d expired, %d erased)"
            .formatted(expired + erased, expired, erased));
    failures.forEach(
        bad ->
            text.add(
                "  %s/%d:%d at %s: %s%s"
                    .formatted(
                        bad.topic(),
                        bad.partition(),
                        bad.offset(),
                        bad.step(),
                        bad.code(),
                        bad.message().map(": "::concat).orElse(""))));
    refusals.forEach(refusal -> text.add("  would not be admitted: " + refusal));
    return text.toString();
  }

  private String outcomes() {
    Map<String, Long> parts = new java.util.LinkedHashMap<>();
    parts.put("inserted", counts.inserted());
    parts.put("updated", counts.updated());
    parts.put("deleted", counts.deleted());
    parts.put("filtered", counts.filtered());
    parts.put("superseded", counts.superseded());
    parts.put("late", counts.late() - counts.routed());
    parts.put("to the late table", counts.routed());
    parts.put("unmatched", counts.unmatched());
    StringJoiner sum = new StringJoiner(" + ", ": ", "");
    sum.setEmptyValue("");
    parts.forEach(
        (name, count) -> {
          if (count != 0) {
            sum.add("%d %s".formatted(count, name));
          }
        });
    return sum.toString();
  }
}
