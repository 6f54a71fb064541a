package dev.tributary.core.spec;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a dataset whose table exists can become in place, as far as the two versions say it. What
 * depends on the rows is looked at by drivers.
 */
public final class TableChange {
  private static final String ANOTHER =
      "Make another dataset on the same source, let it catch up, and retire this one.";

  private static final String REBUILD =
      "Register the change with --rebuild (\"rebuild\": true of POST /dml), and have ./tributary rebuild make the table anew beside the stream; or make another dataset on the same source.";

  private final DatasetSpec before;
  private final DatasetSpec after;
  private final ColumnLineage lineage;

  private TableChange(DatasetSpec before, DatasetSpec after) {
    this.before = before;
    this.after = after;
    this.lineage = ColumnLineage.between(before, after);
  }

  /**
   * Why a version cannot come after another.
   *
   * @param pointer the field, as a JSON pointer into the later version
   * @param problem what cannot be, and why
   * @param remedy what can be done instead
   */
  public record Refusal(String pointer, String problem, String remedy) {}

  /** Why the table cannot go on under the later version; empty: the two say nothing against it. */
  public static Optional<Refusal> refusal(DatasetSpec before, DatasetSpec after) {
    TableChange change = new TableChange(before, after);
    return Stream.of(
            change.fixed("/source", before.source(), after.source(), ANOTHER),
            change.fixed(
                "/format",
                before.format().text(),
                after.format().text(),
                "The rows that are there were made of the old format's values. " + ANOTHER),
            change.fixed("/target/path", before.target().path(), after.target().path(), ANOTHER),
            change.fixed(
                "/target/partitionBy",
                change.lineage.renamed(before.target().partitionBy()),
                after.target().partitionBy(),
                REBUILD),
            change.fixed(
                "/target/clusterBy",
                change.lineage.renamed(before.target().clusterBy()),
                after.target().clusterBy(),
                ANOTHER),
            change.fixed(
                "/archiveStart",
                before.archiveStart().text(),
                after.archiveStart().text(),
                "Make another dataset that begins there."),
            change.fixed(
                "/coordinates",
                before.coordinates().text(),
                after.coordinates().text(),
                "Keep the names; a view over the table can call them otherwise. " + ANOTHER),
            change.rescued(),
            change.rowNumbers(),
            change.write())
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * Why a table cannot be made anew under the later version either; empty: it can.
   *
   * <p>What it reads, and where it lies, is what makes it that table.
   */
  public static Optional<Refusal> rebuildRefusal(DatasetSpec before, DatasetSpec after) {
    TableChange change = new TableChange(before, after);
    return Stream.of(
            change.fixed("/source", before.source(), after.source(), ANOTHER),
            change.fixed("/target/path", before.target().path(), after.target().path(), ANOTHER),
            change.fixed(
                "/archiveStart",
                before.archiveStart().text(),
                after.archiveStart().text(),
                "Make another dataset that begins there."))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Rows of one record, of which some may have one key, are told apart by their numbers alone. */
  private Optional<Refusal> rowNumbers() {
    return before.explodes() && !after.explodes() && after.write().mode().keyed()
        ? Optional.of(
            new Refusal(
                "/transforms",
                "A step of the version before explodes records, and none of this one does, so that"
                    + " the rows of a record could not be told apart any more.",
                "Keep a step whose kind is explode. " + REBUILD))
        : Optional.empty();
  }

  /** The column of rescued fields stays for as long as its name does. */
  private Optional<Refusal> rescued() {
    UnknownFieldsSpec earlier = before.unknownFields();
    UnknownFieldsSpec later = after.unknownFields();
    return earlier.rescues() && later.rescues()
        ? fixed(
            "/unknownFields/column",
            List.of(earlier.column()),
            List.of(later.column()),
            "Keep the name; or let a version that ignores unknown fields come into force, and"
                + " rescue into another column from the next one on, beside which this one stays.")
        : Optional.empty();
  }

  private Optional<Refusal> write() {
    WriteSpec earlier = before.write();
    WriteSpec later = after.write();
    if (earlier.mode() != later.mode()
        && (earlier.mode() == WriteMode.HISTORY || later.mode() == WriteMode.HISTORY)) {
      return Optional.of(history(earlier.mode()));
    }
    if (later.mode() == WriteMode.APPEND) {
      return earlier.mode() == WriteMode.UPSERT && earlier.deletes() == Deletes.SOFT
          ? Optional.of(
              new Refusal(
                  "/write/mode",
                  "The table exists with rows that are marked as deleted, which appended rows"
                      + " could not be: '/write/mode' cannot become 'append'.",
                  REBUILD))
          : Optional.empty();
    }
    if (earlier.mode() == WriteMode.APPEND) {
      return later.deletes() == Deletes.SOFT
          ? Optional.of(
              new Refusal(
                  "/write/deletes",
                  "The table exists with rows that no mark says are not deleted, so that"
                      + " '/write/deletes' cannot become 'soft' with the mode.",
                  "Use hard deletes, or ignore them. " + REBUILD))
          : Optional.empty();
    }
    return fixed(
            "/write/primaryKey",
            lineage.renamed(earlier.primaryKey()),
            later.primaryKey(),
            "Rows of one key stand under another one's rules. " + REBUILD)
        .or(
            () ->
                fixed(
                    "/write/orderBy",
                    lineage.renamed(earlier.orderBy()),
                    later.orderBy(),
                    "Which event won in the rows that are there was decided by the old order. "
                        + REBUILD))
        .or(() -> deletes(earlier.deletes(), later.deletes()));
  }

  private static Refusal history(WriteMode earlier) {
    return new Refusal(
        "/write/mode",
        earlier == WriteMode.HISTORY
            ? "The table exists with several versions of a key, which rows of another '/write/mode'"
                + " could not stand beside."
            : "The table exists with rows that no time says from when until when they were valid,"
                + " and without those that they replaced: '/write/mode' cannot become 'history'.",
        REBUILD);
  }

  /** Hard deletes leave nothing in the table, so that they can begin and end at any time. */
  private Optional<Refusal> deletes(Deletes earlier, Deletes later) {
    return earlier == Deletes.SOFT || later == Deletes.SOFT
        ? fixed(
            "/write/deletes",
            earlier,
            later,
            "Only hard and ignore can become each other in place. " + REBUILD)
        : Optional.empty();
  }

  private Optional<Refusal> fixed(String pointer, Object earlier, Object later, String remedy) {
    if (earlier instanceof List<?> one && later instanceof List<?> two && folded(one, two)) {
      return Optional.empty();
    }
    return earlier.equals(later)
        ? Optional.empty()
        : Optional.of(
            new Refusal(
                pointer,
                "The table exists with %s '%s', which cannot become '%s'."
                    .formatted(pointer, earlier, later),
                remedy));
  }

  private static boolean folded(List<?> one, List<?> two) {
    return one.toString().equalsIgnoreCase(two.toString());
  }
}
