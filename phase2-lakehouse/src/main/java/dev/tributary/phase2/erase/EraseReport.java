package dev.tributary.phase2.erase;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.phase2.report.JobReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * What was erased, or would be. It says nothing of the key.
 *
 * @param id of the erasure, in its plans; empty: nothing was erased
 * @param reason why
 * @param dryRun whether nothing was changed
 * @param records how many records it is about
 * @param versions by version of the dataset how many its columns and steps found in the archive
 * @param otherKeys versions by which nothing was looked for, since their key is another one
 * @param guarded versions of which a step fails on what a filter keeps from it
 * @param failed earlier versions by whose steps not everything could be looked through
 * @param archived how many of these the archive held
 * @param files in how many of its files
 * @param entries by topic the manifest entries that first held them
 * @param through by topic the newest entry that was looked at
 * @param givenUp how many of them are those of an earlier erasure that was made void after the
 *     archive had lost them
 * @param undecided records in quarantine, and records without a value, that do not say whether they
 *     have the key
 * @param tables each dataset's
 * @param next what is left to do, commands among it
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
record EraseReport(
    Optional<String> id,
    Optional<String> reason,
    boolean dryRun,
    long records,
    Map<Long, Long> versions,
    List<Long> otherKeys,
    List<Long> guarded,
    List<Long> failed,
    long archived,
    long files,
    Map<String, List<Long>> entries,
    Map<String, Long> through,
    long givenUp,
    long undecided,
    List<Table> tables,
    List<String> next)
    implements JobReport {
  EraseReport {
    versions = new TreeMap<>(versions);
    otherKeys = List.copyOf(otherKeys);
    guarded = List.copyOf(guarded);
    failed = List.copyOf(failed);
    entries = new TreeMap<>(entries);
    through = new TreeMap<>(through);
    tables = List.copyOf(tables);
    next = List.copyOf(next);
  }

  /**
   * What came out of a dataset's table, or would.
   *
   * @param plans how many plans did it
   * @param rows of the table; versions of a history
   * @param quarantined records that stood in the quarantine; of a dry run its rows
   * @param tombstones rows of the tombstones, as they were before
   * @param olderFilesUntil when (ISO 8601, UTC) a vacuum may remove the files that hold the rows
   *     still; those of the quarantine and the tombstones too
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  record Table(
      String dataset,
      String table,
      int plans,
      long rows,
      long quarantined,
      long tombstones,
      Optional<String> olderFilesUntil) {}

  @Override
  public String text() {
    StringJoiner text = new StringJoiner(System.lineSeparator(), "", System.lineSeparator());
    text.add(
        dryRun
            ? "Dry run: nothing was erased. Give --reason to erase what stands here."
            : id.map("Erased, by the plans of the erasure %s."::formatted)
                .orElse("Nothing was there to erase."));
    if (records == 0) {
      text.add("No record has the key: neither in the archive nor in a table.");
    } else {
      text.add(
          "Records: %d, of which the archive held %d, in %d of its files"
              .formatted(records, archived, files));
      entries.forEach(
          (topic, sequences) -> text.add("  %s: entries %s".formatted(topic, some(sequences))));
    }
    if (versions.size() > 1) {
      versions.forEach(
          (version, count) ->
              text.add("  %d by the columns and steps of version %d".formatted(count, version)));
    }
    if (!otherKeys.isEmpty()) {
      text.add(
          "Nothing was looked for by the versions %s, whose key is another one: erase what they alone can read with --records"
              .formatted(some(otherKeys)));
    }
    if (!guarded.isEmpty()) {
      text.add(
          "Records that a filter leaves out were not looked through by the versions %s, since a step behind it fails on some: erase those that belong to the key with --records"
              .formatted(some(guarded)));
    }
    if (!failed.isEmpty()) {
      text.add(
          "Not everything could be looked through by the versions %s, of which a step fails or can no longer be loaded: erase what they alone can read with --records"
              .formatted(some(failed)));
    }
    if (givenUp > 0) {
      text.add(
          "  %d of them are those of an earlier erasure that was made void when the archive had lost them already"
              .formatted(givenUp));
    }
    through.forEach(
        (topic, entry) ->
            text.add("  %s: what came after entry %d was not looked at".formatted(topic, entry)));
    for (Table table : tables) {
      text.add(
          "%s, %s: %d rows, %d in quarantine, %d tombstones%s"
              .formatted(
                  table.dataset(),
                  table.table(),
                  table.rows(),
                  table.quarantined(),
                  table.tombstones(),
                  dryRun ? "" : ", in %d plans".formatted(table.plans())));
      table
          .olderFilesUntil()
          .ifPresent(
              until ->
                  text.add(
                      "  older versions of the table have them until a vacuum after %s"
                          .formatted(until)));
    }
    if (undecided > 0) {
      text.add(
          "%d records, in quarantine or without a value, do not say whether they have the key, and stay: look at them (./tributary quarantine show), and erase those that belong to it with --records"
              .formatted(undecided));
    }
    if (!next.isEmpty()) {
      text.add("Next:");
      next.forEach(each -> text.add("  " + each));
    }
    return text.toString();
  }

  private static String some(List<Long> sequences) {
    int shown = Math.min(20, sequences.size());
    StringJoiner some = new StringJoiner(", ");
    sequences.subList(0, shown).forEach(each -> some.add(Long.toString(each)));
    return shown == sequences.size()
        ? some.toString()
        : "%s and %d more".formatted(some, sequences.size() - shown);
  }
}
