package dev.tributary.cli.table;

import dev.tributary.core.metastore.TableTiers;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What datasets have in each tier, for people. */
public final class TableTiersText {
  private static final String INDENT = "  ";

  private TableTiersText() {}

  /** One line a dataset. */
  public static void printList(List<TableTiers> all, PrintStream out) {
    TextTable lines =
        new TextTable(
            List.of(
                "dataset",
                "version",
                "archived",
                "table version",
                "files",
                "rows",
                "bytes",
                "quarantined",
                "plan",
                "table"));
    for (TableTiers each : all) {
      Optional<TableTiers.Delta> table = each.table();
      lines.row(
          each.dataset(),
          each.version(),
          each.archived(),
          table.<Object>map(TableTiers.Delta::version).orElse("-"),
          table.<Object>map(TableTiers.Delta::files).orElse("-"),
          table.flatMap(TableTiers.Delta::rows).<Object>map(rows -> rows).orElse("-"),
          table.<Object>map(TableTiers.Delta::bytes).orElse("-"),
          each.quarantine().map(TableTiersText::rows).orElse(0L),
          each.plan().<Object>map(TableTiers.NewestPlan::plan).orElse("-"),
          each.location());
    }
    lines.print(out, "");
  }

  /** All that is known of each dataset. */
  public static void printAll(List<TableTiers> all, PrintStream out) {
    for (TableTiers each : all) {
      if (each != all.get(0)) {
        out.println();
      }
      print(each, out);
    }
  }

  private static void print(TableTiers tiers, PrintStream out) {
    out.printf("%s, version %d%n", tiers.dataset(), tiers.version());
    line(out, "newest plan", tiers.plan().map(TableTiersText::plan).orElse("none yet"));
    out.println();
    archive(tiers, out);
    Optional<TableTiers.Delta> table = tiers.table();
    if (table.isEmpty()) {
      out.printf(
          "%ntable: %s does not exist yet. It is made by: ./tributary phase2 --dataset %s%n",
          tiers.location(), tiers.dataset());
    }
    table.ifPresent(there -> table("table", there, out));
    tiers.quarantine().ifPresent(there -> table("quarantine", there, out));
    tiers.tombstones().ifPresent(there -> table("tombstones", there, out));
    tiers.late().ifPresent(there -> table("late rows", there, out));
    if (tiers.quarantine().isEmpty()) {
      out.printf("%nquarantine: none, nothing was ever set aside%n");
    }
    if (tiers.tombstones().isEmpty()) {
      out.printf("%ntombstones: none, no delete was ever remembered%n");
    }
  }

  private static void archive(TableTiers tiers, PrintStream out) {
    out.println("raw archive");
    TextTable topics =
        new TextTable(
            List.of(
                "topic",
                "entries",
                "position",
                "records",
                "expired",
                "erased",
                "files",
                "bytes",
                "where"));
    TextTable partitions =
        new TextTable(List.of("topic", "incarnation", "partition", "next offset", "records"));
    for (TableTiers.Archive each : tiers.archive()) {
      topics.row(
          each.topic(),
          each.entries(),
          each.position(),
          each.records(),
          each.expired(),
          each.erased(),
          each.files(),
          each.bytes(),
          each.location());
      each.watermarks()
          .forEach(
              mark ->
                  partitions.row(
                      each.topic(),
                      mark.incarnation(),
                      mark.partition(),
                      mark.next(),
                      mark.records()));
    }
    topics.print(out, INDENT);
    out.println();
    partitions.print(out, INDENT);
  }

  private static void table(String tier, TableTiers.Delta table, PrintStream out) {
    out.printf("%n%s%n", tier);
    line(out, "where", table.location());
    line(
        out,
        "version",
        "%d, committed %s".formatted(table.version(), Instant.ofEpochMilli(table.committedAt())));
    line(
        out,
        "protocol",
        "reader %d, writer %d%s"
            .formatted(
                table.minReaderVersion(),
                table.minWriterVersion(),
                table.features().isEmpty() ? "" : ": " + String.join(", ", table.features())));
    line(
        out,
        "size",
        String.format(
            Locale.ROOT,
            "%,d files, %s, %,d bytes",
            table.files(),
            table
                .rows()
                .map(rows -> String.format(Locale.ROOT, "%,d rows", rows))
                .orElse("rows unknown (a file has no statistics)"),
            table.bytes()));
    line(
        out,
        "partitions",
        table.partitionBy().isEmpty() ? "none" : String.join(", ", table.partitionBy()));
    table.properties().forEach((name, value) -> line(out, "property", name + " = " + value));
    out.println();
    TextTable columns = new TextTable(List.of("column", "type", "nullable", "comment"));
    table
        .columns()
        .forEach(
            column ->
                columns.row(
                    column.name(), column.type(), column.nullable(), column.comment().orElse("")));
    columns.print(out, INDENT);
  }

  private static String plan(TableTiers.NewestPlan plan) {
    return "%d, %s, %s; %s version %d, planned %s"
        .formatted(
            plan.plan(),
            plan.kind(),
            plan.outcome(),
            plan.dataset(),
            plan.datasetVersion(),
            Instant.ofEpochMilli(plan.plannedAt()));
  }

  private static Object rows(TableTiers.Delta table) {
    return table.rows().<Object>map(rows -> rows).orElse("-");
  }

  private static void line(PrintStream out, String what, String value) {
    out.printf("  %-12s %s%n", what, value.replaceAll("\\p{Cntrl}", " "));
  }
}
