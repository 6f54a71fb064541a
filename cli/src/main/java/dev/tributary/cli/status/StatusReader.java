package dev.tributary.cli.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tributary.archive.ManifestLog;
import dev.tributary.cli.reconcile.KafkaTopics;
import dev.tributary.cli.reconcile.PartitionAccount;
import dev.tributary.cli.reconcile.Reconciler;
import dev.tributary.cli.reconcile.Reconciliation;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out how a dataset is. */
public final class StatusReader {
  private static final Logger LOG = LoggerFactory.getLogger(StatusReader.class);
  private static final Duration FRESH = Duration.ofMinutes(2);

  private final Configuration configuration;
  private final SecretReference secrets;
  private final MetastoreAdmin metastore;
  private final Clock clock;

  /** Reads through the given configuration. */
  public StatusReader(
      Configuration configuration, SecretReference secrets, MetastoreAdmin metastore, Clock clock) {
    this.configuration = configuration;
    this.secrets = secrets;
    this.metastore = metastore;
    this.clock = clock;
  }

  /** How the dataset is now; one whose logs do not answer does not hide the others. */
  public DatasetStatus read(Versioned<DatasetSpec> dataset, SourceSpec source) {
    try {
      return readLogs(dataset, source);
    } catch (TributaryException e) {
      return DatasetStatus.unreachable(
          dataset.spec().name(), dataset.version(), e, known(dataset.spec(), source));
    }
  }

  /** What still answers, such as the logs while Kafka does not. */
  private DatasetStatus.Known known(DatasetSpec spec, SourceSpec source) {
    PlanLog plans = PlanLog.open(spec.target().path(), configuration);
    return new DatasetStatus.Known(
        LastRun.of(
            answered(() -> Optional.of(runs(spec.source()))).orElse(MissingNode.getInstance()),
            1,
            clock),
        LastRun.of(
            answered(() -> Optional.of(runs(spec.name()))).orElse(MissingNode.getInstance()),
            2,
            clock),
        answered(() -> archivedAt(source)).map(this::ago),
        answered(() -> plans.latestAccount().map(PlanAccount::doneAt)).map(this::ago));
  }

  private static <T> Optional<T> answered(Supplier<Optional<T>> question) {
    try {
      return question.get();
    } catch (TributaryException e) {
      LOG.debug("Not known", e);
      return Optional.empty();
    }
  }

  private DatasetStatus readLogs(Versioned<DatasetSpec> dataset, SourceSpec source) {
    DatasetSpec spec = dataset.spec();
    Reconciliation accounts =
        new Reconciler(configuration, secrets).reconcile(spec, source, Reconciler.Depth.LOGS);
    long toArchive = accounts.partitions().stream().mapToLong(PartitionAccount::waiting).sum();
    Optional<Long> archived = archivedAt(source);
    PlanLog plans = PlanLog.open(spec.target().path(), configuration);
    Optional<Long> written = plans.latestAccount().map(PlanAccount::doneAt);
    LastRun phase1 = LastRun.of(runs(spec.source()), 1, clock);
    LastRun phase2 = LastRun.of(runs(spec.name()), 2, clock);
    OptionalLong openPlan = openPlan(plans);
    Situation situation =
        new Situation(
            spec.name(),
            spec.source(),
            spec.state(),
            toArchive,
            accounts.table().waiting(),
            openPlan,
            openPlan.isPresent() && plans.ruling(openPlan.getAsLong()).isPresent(),
            recent(archived) || phase1.alive(),
            recent(written) || phase2.alive(),
            phase1,
            phase2,
            lost(accounts),
            accounts.otherIds(),
            accounts.findings(),
            accounts.awaited());
    Diagnosis diagnosis = Diagnosis.of(situation);
    return new DatasetStatus(
        spec.name(),
        dataset.version(),
        diagnosis.state(),
        diagnosis.cause(),
        phase1.word(),
        phase2.word(),
        toArchive,
        archived.map(this::ago),
        accounts.table().waiting(),
        written.map(this::ago),
        Stream.of(phase1, phase2)
            .flatMap(run -> run.lagSeconds().stream())
            .max(Comparator.naturalOrder()),
        toArchive == 0 || spec.state() == SpecState.RETIRED
            ? Optional.empty()
            : retentionLeft(source, accounts.partitions(), phase1.lagSeconds()),
        diagnosis.next());
  }

  /** What the broker has removed beyond the archive's watermark. */
  private static List<String> lost(Reconciliation accounts) {
    return accounts.partitions().stream()
        .filter(
            account -> account.kafka().filter(kafka -> kafka.start() > account.next()).isPresent())
        .map(
            account ->
                "%s/%d:%d-%d"
                    .formatted(
                        account.topic(),
                        account.partition(),
                        account.next(),
                        account.kafka().orElseThrow().start()))
        .toList();
  }

  private OptionalLong openPlan(PlanLog plans) {
    OptionalLong head = plans.head();
    boolean open = head.isPresent() && plans.account(head.getAsLong()).isEmpty();
    return open ? head : OptionalLong.empty();
  }

  private Optional<Long> archivedAt(SourceSpec source) {
    return source.topics().stream()
        .flatMap(
            topic ->
                ManifestLog.open(source.archive().location(), topic, configuration).head().stream())
        .map(entry -> entry.ingestTime())
        .max(Long::compare);
  }

  /** The shortest of the topics of which something waits; empty where it is not known of one. */
  private Optional<Long> retentionLeft(
      SourceSpec source, List<PartitionAccount> partitions, Optional<Long> lagSeconds) {
    Map<String, List<PartitionAccount>> waiting =
        partitions.stream()
            .filter(account -> account.waiting() > 0)
            .collect(Collectors.groupingBy(PartitionAccount::topic));
    long shortest = Long.MAX_VALUE;
    try (KafkaTopics topics = new KafkaTopics(source, secrets)) {
      Map<String, Optional<Duration>> retention = topics.retention();
      for (Map.Entry<String, List<PartitionAccount>> topic : waiting.entrySet()) {
        Optional<Duration> kept = retention.get(topic.getKey());
        if (kept == null) {
          return Optional.empty();
        }
        if (kept.isEmpty()) {
          continue;
        }
        ManifestLog log =
            ManifestLog.open(source.archive().location(), topic.getKey(), configuration);
        Optional<Long> age =
            new OldestWaiting(log)
                .since(topic.getValue())
                .map(this::ago)
                .or(() -> lagSeconds.map(TimeUnit.SECONDS::toMillis));
        if (age.isEmpty()) {
          return Optional.empty();
        }
        shortest = Math.min(shortest, Math.max(0, kept.get().toMillis() - age.get()));
      }
    }
    return shortest == Long.MAX_VALUE ? Optional.empty() : Optional.of(shortest);
  }

  private JsonNode runs(String pipeline) {
    try {
      return metastore.show("runs?pipeline=" + pipeline).path("items");
    } catch (TributaryException e) {
      if (!e.code().metastoreAway()) {
        throw e;
      }
      // The specs came from the cache; the logs say the rest.
      return MissingNode.getInstance();
    }
  }

  private boolean recent(Optional<Long> at) {
    return at.isPresent() && ago(at.get()) < FRESH.toMillis();
  }

  private long ago(long at) {
    return Math.max(0, clock.millis() - at);
  }
}
