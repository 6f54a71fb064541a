package dev.tributary.cli.reconcile;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The reconciliation of one dataset: Kafka's range = raw + explained gaps, raw = what became of it.
 *
 * @param dataset its name
 * @param deep whether the data itself was read, not only the logs
 * @param partitions the way from Kafka to the archive, by topic, incarnation and partition
 * @param table the way from the archive to the table
 * @param findings what is wrong, for people; empty if nothing is
 * @param awaited what the source names and nobody has seen yet, for people
 * @param otherIds the id that Kafka has now, of each topic that is not the one of its archive
 * @param verdict whether the accounts balance
 */
public record Reconciliation(
    String dataset,
    boolean deep,
    List<PartitionAccount> partitions,
    TableAccount table,
    List<String> findings,
    List<String> awaited,
    Map<String, String> otherIds,
    Verdict verdict) {

  /** Copies the lists and the map. */
  public Reconciliation {
    partitions = List.copyOf(partitions);
    findings = List.copyOf(findings);
    awaited = List.copyOf(awaited);
    otherIds = Collections.unmodifiableMap(new TreeMap<>(otherIds));
  }

  /** Adds up what the logs say. */
  public static Reconciliation of(
      String dataset,
      String table,
      List<KafkaRange> kafka,
      List<HeldPartition> held,
      PlanFacts plans) {
    return judged(dataset, false, partitions(kafka, held), TableAccount.of(table, plans));
  }

  /** Adds what reading the data found. */
  public Reconciliation with(DeepFindings found) {
    List<PartitionAccount> counted =
        partitions.stream()
            .map(
                account ->
                    account.with(found.missingInArchive(account), found.twiceInArchive(account)))
            .toList();
    Reconciliation judged =
        judged(dataset, true, counted, table.with(found.missingInTable(), found.twiceInTable()));
    List<String> all = new ArrayList<>(judged.findings);
    all.addAll(found.findings());
    return new Reconciliation(
        dataset,
        true,
        judged.partitions,
        judged.table,
        all,
        List.of(),
        Map.of(),
        found.findings().isEmpty() ? judged.verdict : Verdict.UNACCOUNTED);
  }

  /** Adds what was found out about the topics themselves, once everything else was added. */
  Reconciliation with(TopicsCompared topics) {
    List<String> all = new ArrayList<>(topics.strangers().values());
    all.addAll(findings);
    Verdict judged = verdict;
    if (judged == Verdict.BALANCED && !topics.awaited().isEmpty()) {
      judged = Verdict.WAITING;
    }
    return new Reconciliation(
        dataset,
        deep,
        partitions,
        table,
        all,
        topics.awaited(),
        topics.otherIds(),
        topics.strangers().isEmpty() ? judged : Verdict.UNACCOUNTED);
  }

  private static List<PartitionAccount> partitions(
      List<KafkaRange> kafka, List<HeldPartition> held) {
    Map<String, Integer> current = new TreeMap<>();
    held.forEach(each -> current.merge(each.topic(), each.incarnation(), Math::max));
    List<PartitionAccount> accounts = new ArrayList<>();
    for (HeldPartition each : held) {
      boolean isCurrent = each.incarnation() == current.get(each.topic());
      accounts.add(PartitionAccount.of(each, isCurrent ? range(kafka, each) : Optional.empty()));
    }
    for (KafkaRange range : kafka) {
      int incarnation = current.getOrDefault(range.topic(), 0);
      boolean archived = current.containsKey(range.topic());
      boolean seen =
          held.stream()
              .anyMatch(
                  each ->
                      each.topic().equals(range.topic())
                          && each.partition() == range.partition()
                          && each.incarnation() == incarnation);
      if (!seen) {
        accounts.add(
            archived
                ? PartitionAccount.added(range, incarnation)
                : PartitionAccount.unseen(range, incarnation));
      }
    }
    accounts.sort(
        Comparator.comparing(PartitionAccount::topic)
            .thenComparing(PartitionAccount::incarnation)
            .thenComparing(PartitionAccount::partition));
    return accounts;
  }

  private static Optional<KafkaRange> range(List<KafkaRange> kafka, HeldPartition held) {
    return kafka.stream()
        .filter(
            range -> range.topic().equals(held.topic()) && range.partition() == held.partition())
        .findFirst();
  }

  private static Reconciliation judged(
      String dataset, boolean deep, List<PartitionAccount> partitions, TableAccount table) {
    List<String> findings = new ArrayList<>();
    for (PartitionAccount account : partitions) {
      String name = account.topic() + "/" + account.partition();
      if (account.missing() > 0) {
        findings.add(
            "%s: %d offsets are neither in the archive nor explained by a gap; the archive goes to %d."
                .formatted(name, account.missing(), account.next()));
      }
      if (account.twice() > 0) {
        findings.add("%s: %d records are in the archive twice.".formatted(name, account.twice()));
      }
      if (account.aheadOfKafka()) {
        findings.add(
            "%s: the archive goes to %d, Kafka only to %d. The topic was created again or its records were lost."
                .formatted(name, account.next(), account.kafka().orElseThrow().written()));
      }
    }
    if (table.missing() > 0) {
      findings.add(
          "%s: %d archived records of done plans are not accounted for."
              .formatted(table.table(), table.missing()));
    }
    if (table.twice() > 0) {
      findings.add(
          "%s: %d archived records are accounted for twice."
              .formatted(table.table(), table.twice()));
    }
    if (!table.unbalanced().isEmpty()) {
      findings.add(
          "%s: the counts of the plans %s do not add up to what they read. Keep the table and the archive as they are, look with --deep, and report this."
              .formatted(table.table(), table.unbalanced()));
    }
    if (table.restored().isPresent()) {
      findings.add(
          "%s: version %d is a RESTORE that took rows of done plans away. The dataset's next run does these plans again; or restore the version before it."
              .formatted(table.table(), table.restored().getAsLong()));
    }
    if (table.behindItsLog()) {
      findings.add(
          "%s: plan %d is done, but the table bears %s. It was restored, replaced or deleted."
              .formatted(
                  table.table(),
                  table.lastPlan().getAsLong(),
                  table.mark().isPresent() ? "plan " + table.mark().getAsLong() : "no plan"));
    }
    return new Reconciliation(
        dataset,
        deep,
        partitions,
        table,
        findings,
        List.of(),
        Map.of(),
        verdict(findings, partitions, table));
  }

  private static Verdict verdict(
      List<String> findings, List<PartitionAccount> partitions, TableAccount table) {
    if (!findings.isEmpty()) {
      return Verdict.UNACCOUNTED;
    }
    boolean waits =
        table.waiting() > 0
            || table.planOpen()
            || partitions.stream().anyMatch(account -> account.waiting() > 0);
    return waits ? Verdict.WAITING : Verdict.BALANCED;
  }
}
