package dev.tributary.cli.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.GapKind;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.PartitionAccount;
import dev.tributary.cli.table.DeltaSnapshot;
import dev.tributary.core.json.Json;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.plan.FirstPositions;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.table.Restores;
import dev.tributary.phase2.table.TableTimeline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * Collects what Kafka, the manifest log, the plan log and the table say of a dataset, each by a few
 * reads however long the history is, and adds it up.
 */
public final class Reconciler {
  private final Configuration configuration;
  private final SecretReference secrets;

  /** Reads through the given configuration. */
  public Reconciler(Configuration configuration, SecretReference secrets) {
    this.configuration = configuration;
    this.secrets = secrets;
  }

  /** How far the data is read. */
  public enum Depth {
    /** The logs alone. */
    LOGS,
    /** Every coordinate in the archive's files, the table and the quarantine. */
    DATA
  }

  /** Reconciles one dataset. */
  public Reconciliation reconcile(DatasetSpec dataset, SourceSpec source, Depth depth) {
    // From the end of the way to its beginning: what moves on meanwhile waits, and is never
    // missing.
    PlanLog plans = PlanLog.open(dataset.target().path(), configuration);
    Optional<PlanAccount> account = plans.latestAccount();
    OptionalLong planHead = plans.head();
    Map<String, Long> first = FirstPositions.of(plans, dataset);
    Optional<DeltaSnapshot> table = DeltaSnapshot.open(dataset.target().path(), configuration);
    Map<String, ManifestLog> logs = logs(source, source.topics());
    List<HeldPartition> held = new ArrayList<>();
    long records = 0;
    for (ManifestLog log : logs.values()) {
      Optional<ManifestEntry> head = log.head();
      records += head.map(entry -> entry.totals().records()).orElse(0L);
      head.ifPresent(
          entry -> entry.partitions().forEach(each -> held.add(heldPartition(log.topic(), each))));
    }
    List<KafkaRange> kafka;
    TopicsCompared compared;
    try (KafkaTopics topics = new KafkaTopics(source, secrets)) {
      compared = TopicsCompared.of(source, topics.identity(), logs);
      // Offsets of another topic or cluster mean other records.
      kafka =
          topics.ranges().stream()
              .filter(range -> !compared.strangers().containsKey(range.topic()))
              .toList();
    }
    // What was read of topics that the source has no longer counts as any other.
    Map<String, ManifestLog> read =
        logs(
            source,
            account.map(done -> done.positionsOf(dataset.name()).keySet()).orElse(Set.of()));
    read.keySet().removeAll(logs.keySet());
    records += account.map(done -> recordsBelow(done, dataset.name(), read)).orElse(0L);
    read.putAll(logs);
    long before = recordsBelow(first, read);
    long below =
        Math.max(
            0, account.map(done -> recordsBelow(done, dataset.name(), read)).orElse(0L) - before);
    Map<String, Long> totals = account.map(done -> totals(done, dataset.name())).orElse(Map.of());
    long takenOut =
        new RecordsTakenOut(plans, dataset.name(), read, first)
            .notRead(account, below - totals.getOrDefault(PlanFacts.READ, 0L));
    PlanFacts facts =
        new PlanFacts(
            account.map(done -> OptionalLong.of(done.plan())).orElse(OptionalLong.empty()),
            open(planHead, account) || open(plans.last(), account),
            below - takenOut,
            records - before - takenOut,
            totals,
            table.map(at -> mark(at, plans, account)).orElse(OptionalLong.empty()),
            account.map(PlanAccount::unbalanced).orElse(List.of()),
            restored(plans, account, table),
            account.map(done -> backfilled(done, dataset.name())).orElse(Map.of()),
            account
                .flatMap(PlanAccount::backfilled)
                .map(all -> all.of(dataset.name()).replaced().quarantined())
                .orElse(0L));
    Reconciliation reconciliation =
        Reconciliation.of(dataset.name(), dataset.target().path(), kafka, held, facts);
    if (depth == Depth.DATA) {
      reconciliation =
          reconciliation.with(
              new DeepCount(configuration, dataset, plans, read, account, first).count());
    }
    return reconciliation.with(compared);
  }

  private static boolean open(OptionalLong plan, Optional<PlanAccount> account) {
    return plan.isPresent() && (account.isEmpty() || account.get().plan() < plan.getAsLong());
  }

  /**
   * Of a table that was restored, and whose plans are not begun again, the log has looked already.
   */
  private static OptionalLong mark(
      DeltaSnapshot table, PlanLog plans, Optional<PlanAccount> account) {
    OptionalLong mark = table.transactionVersion(plans.application());
    boolean closed = mark.isPresent() && mark.getAsLong() == TableTimeline.CLOSED;
    return closed || account.filter(done -> done.generation() < plans.generation()).isPresent()
        ? account.stream().mapToLong(PlanAccount::plan).findFirst()
        : mark;
  }

  /** Reads the commits since the last plan alone. */
  private OptionalLong restored(
      PlanLog plans, Optional<PlanAccount> account, Optional<DeltaSnapshot> table) {
    long since = plans.since(account);
    if (since < 0 || table.isEmpty()) {
      return OptionalLong.empty();
    }
    return Restores.since(plans.folders().table(), since, table.get().version(), configuration);
  }

  private Map<String, ManifestLog> logs(SourceSpec source, Collection<String> topics) {
    Map<String, ManifestLog> logs = new TreeMap<>();
    for (String topic : topics) {
      logs.put(topic, ManifestLog.open(source.archive().location(), topic, configuration));
    }
    return logs;
  }

  private static HeldPartition heldPartition(String topic, PartitionAccount account) {
    Map<String, Long> gaps = new TreeMap<>();
    for (Map.Entry<GapKind, Long> gap : account.gaps().entrySet()) {
      gaps.put(gap.getKey().label(), gap.getValue());
    }
    return new HeldPartition(
        topic,
        account.incarnation(),
        account.partition(),
        account.next(),
        account.records(),
        gaps,
        account.expired(),
        account.erased());
  }

  /** How many records the entries hold that the plans up to this one took. */
  private static long recordsBelow(
      PlanAccount account, String dataset, Map<String, ManifestLog> logs) {
    return recordsBelow(account.positionsOf(dataset), logs);
  }

  private static long recordsBelow(Map<String, Long> positions, Map<String, ManifestLog> logs) {
    long records = 0;
    for (Map.Entry<String, ManifestLog> log : logs.entrySet()) {
      long position = positions.getOrDefault(log.getKey(), 0L);
      if (position > 0) {
        records +=
            log.getValue().entry(position - 1).map(entry -> entry.totals().records()).orElse(0L);
      }
    }
    return records;
  }

  /** Empty where there was no backfill or replay of the dataset. */
  private static Map<String, Long> backfilled(PlanAccount account, String dataset) {
    return account
        .backfilled()
        .map(all -> all.totals().get(dataset))
        .map(totals -> counts(totals.counts()))
        .orElse(Map.of());
  }

  private static Map<String, Long> totals(PlanAccount account, String dataset) {
    return counts(account.totals().getOrDefault(dataset, PlanCounts.NONE));
  }

  private static Map<String, Long> counts(PlanCounts of) {
    Map<String, Long> totals = new TreeMap<>();
    JsonNode counts = Json.mapper().valueToTree(of);
    for (Map.Entry<String, JsonNode> count : counts.properties()) {
      totals.put(count.getKey(), count.getValue().asLong());
    }
    return totals;
  }
}
