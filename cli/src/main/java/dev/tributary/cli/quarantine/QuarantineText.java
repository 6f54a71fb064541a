package dev.tributary.cli.quarantine;

import dev.tributary.cli.table.TextTable;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Quarantined records for people. */
public final class QuarantineText {
  private static final String INDENT = "    ";

  private QuarantineText() {}

  /** The groups in a table, and an example of each below it. */
  public static void printGroups(
      QuarantineTable.Findings<QuarantineGroup> groups, PrintStream out) {
    TextTable table =
        new TextTable(
            List.of("code", "step", "records", "first", "archived", "last", "last archived"));
    for (QuarantineGroup group : groups.found()) {
      table.row(
          group.code(),
          group.step(),
          group.records(),
          group.first().coordinates(),
          Instant.ofEpochMilli(group.first().ingestTime()),
          group.last().coordinates(),
          Instant.ofEpochMilli(group.last().ingestTime()));
    }
    table.print(out, "");
    out.println();
    for (QuarantineGroup group : groups.found()) {
      out.printf(
          "%s at %s: %s%n", group.code(), group.step(), line(group.example().orElse("no message")));
    }
    if (groups.matching() > groups.found().size()) {
      out.printf(
          Locale.ROOT,
          "and %,d more codes and steps; --limit shows more%n",
          groups.matching() - groups.found().size());
    }
    if (groups.resolved() > 0) {
      out.printf(
          Locale.ROOT,
          "%,d more records are resolved; --state resolved shows them%n",
          groups.resolved());
    }
  }

  /** A record and what is known of it. */
  public static void print(QuarantinedRecord record, PrintStream out) {
    out.printf("%s  %s at %s%n", record.coordinates(), line(record.code()), line(record.step()));
    record.message().ifPresent(message -> field(out, "message", line(message)));
    record.key().ifPresent(key -> field(out, "key", line(key)));
    record.timestamp().ifPresent(time -> field(out, "timestamp", time(time)));
    field(out, "archived", "%s, entry %d".formatted(time(record.ingestTime()), record.sequence()));
    field(
        out,
        "set aside",
        "by plan %d, %s version %d"
            .formatted(record.plan(), record.dataset(), record.datasetVersion()));
    record
        .resolved()
        .ifPresent(
            by -> field(out, "resolved", "by plan %d, %s".formatted(by.plan(), time(by.at()))));
    record.value().ifPresent(value -> field(out, "value", value(value)));
  }

  private static String value(ArchivedValue value) {
    if (value.absent().isPresent()) {
      return value.absent().get().words();
    }
    String end =
        value.cut()
            ? String.format(
                Locale.ROOT, "… (cut; %,d bytes in all, --value-bytes shows more)", value.bytes())
            : "";
    return value
        .text()
        .map(text -> printable(text) + end)
        .orElseGet(() -> "base64 " + value.base64().orElse("") + end);
  }

  /** Lines stay lines; what would steer a terminal does not. */
  private static String printable(String text) {
    return text.replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "�")
        .replace("\n", "\n" + INDENT + " ".repeat(11));
  }

  private static String line(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }

  private static String time(long epochMillis) {
    return Instant.ofEpochMilli(epochMillis).toString();
  }

  private static void field(PrintStream out, String name, String value) {
    out.printf("%s%-10s %s%n", INDENT, name, value);
  }
}
