package dev.tributary.cli.reconcile;

import dev.tributary.cli.table.TextTable;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;

/** A reconciliation for people. */
public final class ReconciliationText {
  private static final String INDENT = "  ";
  private static final List<String> OUTCOMES =
      List.of(
          "inserted",
          "updated",
          "deleted",
          "filtered",
          "quarantined",
          "superseded",
          "late",
          "unmatched",
          "held",
          "combined");

  private ReconciliationText() {}

  /** Prints both ways, what is wrong, and the verdict. */
  public static void print(Reconciliation reconciliation, PrintStream out) {
    out.println(reconciliation.dataset() + ": Kafka -> raw archive");
    partitions(reconciliation).print(out, INDENT);
    out.println();
    out.println(reconciliation.dataset() + ": raw archive -> " + reconciliation.table().table());
    table(reconciliation.table()).print(out, INDENT);
    if (reconciliation.table().backfilled().getOrDefault(PlanFacts.READ, 0L) > 0) {
      out.println(INDENT + backfilled(reconciliation.table().backfilled()));
    }
    if (reconciliation.table().released() > 0) {
      out.printf(
          Locale.ROOT,
          "%s%,d records stand in the quarantine; replays and backfills took up the others, or they were erased%n",
          INDENT,
          reconciliation.table().quarantined() - reconciliation.table().released());
    }
    if (reconciliation.table().routed() > 0) {
      out.printf(
          Locale.ROOT,
          "%s%,d of those that are late went to the late table: ./tributary table show --dataset %s%n",
          INDENT,
          reconciliation.table().routed(),
          reconciliation.dataset());
    }
    if (reconciliation.table().quarantined() > 0) {
      out.println(
          INDENT
              + "What was quarantined: ./tributary quarantine list --dataset "
              + reconciliation.dataset());
    }
    out.println();
    reconciliation.findings().forEach(finding -> out.println(INDENT + "WRONG: " + finding));
    reconciliation.awaited().forEach(what -> out.println(INDENT + "AWAITED: " + what));
    out.println(INDENT + verdict(reconciliation));
  }

  private static TextTable partitions(Reconciliation reconciliation) {
    Set<String> kinds = new TreeSet<>();
    boolean incarnations = false;
    boolean expired = false;
    boolean erased = false;
    for (PartitionAccount account : reconciliation.partitions()) {
      kinds.addAll(account.gaps().keySet());
      incarnations |= account.incarnation() > 0;
      expired |= account.expired() > 0;
      erased |= account.erased() > 0;
    }
    List<String> header =
        new java.util.ArrayList<>(List.of("topic", "partition", "kafka start", "kafka end"));
    header.addAll(List.of("held to", "records"));
    if (expired) {
      header.add("- expired");
    }
    if (erased) {
      header.add("- erased");
    }
    header.addAll(kinds);
    header.addAll(List.of("waiting", "missing", "twice"));
    TextTable table = new TextTable(header);
    for (PartitionAccount account : reconciliation.partitions()) {
      List<Object> row = new java.util.ArrayList<>();
      row.add(incarnations ? account.topic() + "#" + account.incarnation() : account.topic());
      row.add(account.partition());
      row.add(account.kafka().<Object>map(KafkaRange::start).orElse("-"));
      row.add(account.kafka().<Object>map(KafkaRange::end).orElse("-"));
      row.add(account.next());
      row.add(account.records());
      if (expired) {
        row.add(account.expired());
      }
      if (erased) {
        row.add(account.erased());
      }
      kinds.forEach(kind -> row.add(account.gaps().getOrDefault(kind, 0L)));
      row.addAll(List.of(account.waiting(), account.missing(), account.twice()));
      table.row(row.toArray());
    }
    return table;
  }

  /** Apart from the rest, since these records were read before. */
  private static String backfilled(Map<String, Long> counts) {
    StringJoiner sum = new StringJoiner(" + ");
    OUTCOMES.stream()
        .filter(name -> counts.getOrDefault(name, 0L) > 0)
        .forEach(name -> sum.add("%,d %s".formatted(counts.get(name), name)));
    return String.format(
        Locale.ROOT,
        "Backfills and replays read %,d records again%s = %s",
        counts.getOrDefault(PlanFacts.READ, 0L),
        made(counts) == 0
            ? ""
            : String.format(Locale.ROOT, " + %,d rows made of them", made(counts)),
        sum.length() == 0 ? "none" : sum);
  }

  private static TextTable table(TableAccount account) {
    List<String> header = new java.util.ArrayList<>(List.of("archived", "= read"));
    Map<String, Long> totals = account.totals();
    List<String> outcomes =
        OUTCOMES.stream()
            .filter(name -> name.equals("inserted") || totals.getOrDefault(name, 0L) > 0)
            .toList();
    if (made(totals) > 0) {
      header.add("+ made");
    }
    int known = header.size();
    outcomes.forEach(name -> header.add(header.size() == known ? "= " + name : "+ " + name));
    header.addAll(List.of("| waiting", "missing", "twice", "last plan", "table's mark"));
    List<Object> row = new java.util.ArrayList<>();
    row.add(account.archived());
    row.add(totals.getOrDefault(PlanFacts.READ, 0L));
    if (made(totals) > 0) {
      row.add(made(totals));
    }
    outcomes.forEach(name -> row.add(totals.getOrDefault(name, 0L)));
    row.addAll(List.of(account.waiting(), account.missing(), account.twice()));
    row.add(account.lastPlan().isPresent() ? account.lastPlan().getAsLong() : "-");
    row.add(account.mark().isPresent() ? account.mark().getAsLong() : "-");
    return new TextTable(header).row(row.toArray());
  }

  private static long made(Map<String, Long> counts) {
    return counts.getOrDefault(PlanFacts.MADE, 0L);
  }

  private static String verdict(Reconciliation reconciliation) {
    String how = reconciliation.deep() ? "every coordinate read" : "by the logs";
    return switch (reconciliation.verdict()) {
      case BALANCED -> "BALANCED (%s): everything is accounted for.".formatted(how);
      case WAITING ->
          String.format(
              Locale.ROOT,
              "WAITING (%s): nothing is wrong; %,d records wait to be archived and %,d to be"
                  + " written.",
              how,
              reconciliation.partitions().stream().mapToLong(PartitionAccount::waiting).sum(),
              reconciliation.table().waiting());
      case UNACCOUNTED -> "UNACCOUNTED (%s): see above.".formatted(how);
    };
  }
}
