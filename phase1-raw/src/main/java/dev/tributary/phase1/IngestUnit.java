package dev.tributary.phase1;

import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.DriverSettings;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RetryPolicy;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/** The sources of one way to reach Kafka, in one query. */
final class IngestUnit implements RunUnit {
  private static final long SMALL_BATCH_BYTES = 4 << 20;

  private final Driver.Context context;
  private final Author author;
  private final KafkaConnection connection;
  private final List<Versioned<SourceSpec>> sources;
  private final Map<String, PipelineMetrics> metrics;
  private final Set<String> worked;
  private final Acceptances acceptances;
  private final String name;

  IngestUnit(
      String name,
      Driver.Context context,
      Author author,
      KafkaConnection connection,
      List<Versioned<SourceSpec>> sources,
      Map<String, PipelineMetrics> metrics,
      Set<String> worked,
      Acceptances acceptances) {
    this.name = name;
    this.context = context;
    this.author = author;
    this.connection = connection;
    this.sources = List.copyOf(sources);
    this.metrics = Map.copyOf(metrics);
    this.worked = worked;
    this.acceptances = acceptances;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String fingerprint() {
    return sources.toString();
  }

  /** Its sources, and the archives that it alone may write to. */
  @Override
  public Set<String> claims() {
    Set<String> claims = new HashSet<>();
    for (Versioned<SourceSpec> source : sources) {
      claims.add("source " + source.spec().name());
      String location = source.spec().archive().location();
      source
          .spec()
          .topics()
          .forEach(topic -> claims.add("archive %s/%s".formatted(location, topic)));
    }
    return claims;
  }

  @Override
  public List<PipelineMetrics> pipelines() {
    return List.copyOf(metrics.values());
  }

  @Override
  public void run(StopSignal stop) throws Exception {
    Settings settings = context.settings();
    try (KafkaCluster cluster = new KafkaCluster(connection);
        TopicInspection inspection = new TopicInspection(cluster, opening(cluster))) {
      IngestMetrics ingestMetrics = new IngestMetrics(metrics);
      IngestPlanner planner =
          new IngestPlanner(
              topics(),
              cluster,
              inspection,
              new TaskCutter(connection, grouping(), settings.get(Phase1Settings.STALL_TIMEOUT)),
              ingestMetrics,
              retry(settings),
              context.clock());
      ConsumerGroups groups = new ConsumerGroups(cluster, ingestMetrics);
      try (IngestQuery query = new IngestQuery(context.spark(), planner, name(), sinkOptions())) {
        run(query, planner, groups, stop);
      } finally {
        planner.refresh();
        groups.follow();
      }
    }
  }

  private void run(IngestQuery query, IngestPlanner planner, ConsumerGroups groups, StopSignal stop)
      throws Exception {
    TriggerSpec trigger = context.settings().get(DriverSettings.TRIGGER);
    boolean once = trigger instanceof TriggerSpec.AvailableNow;
    while (!stop.requested()) {
      Optional<Throwable> failure =
          query.run(
              trigger,
              checkpoint(),
              stop,
              () -> {
                planner.refresh();
                groups.follow();
              });
      if (failure.isPresent() && (!planner.batchFailed(failure.get()) || stop.requested())) {
        // A last batch that failed is no clean stop.
        throw asException(failure.get());
      }
      if (planner.allFailed()) {
        return;
      }
      if (failure.isEmpty() && once && !waitForNextAttempt(planner, stop)) {
        return;
      }
    }
  }

  /** False: nothing is to be tried again. */
  private boolean waitForNextAttempt(IngestPlanner planner, StopSignal stop)
      throws InterruptedException {
    Optional<Duration> next = planner.nextAttempt();
    if (next.isEmpty()) {
      return false;
    }
    stop.await(next.get());
    return true;
  }

  private static Exception asException(Throwable failure) {
    return failure instanceof Exception exception ? exception : new RuntimeException(failure);
  }

  private ArchiveOpening opening(KafkaCluster cluster) {
    Settings settings = context.settings();
    return new ArchiveOpening(
        cluster,
        new StoreProbe(hadoop(), settings.get(DriverSettings.SINGLE_DRIVER)),
        acceptances,
        author,
        context.clock());
  }

  private List<TopicIngest> topics() {
    Configuration hadoop = hadoop();
    List<TopicIngest> topics = new ArrayList<>();
    for (Versioned<SourceSpec> source : sources) {
      for (String topic : source.spec().topics()) {
        String location = source.spec().archive().location();
        ManifestLog log = ManifestLog.open(location, topic, hadoop);
        topics.add(new TopicIngest(source.spec(), log, worked));
      }
    }
    return topics;
  }

  private TaskGrouping grouping() {
    return new TaskGrouping(
        context.spark().sparkContext().defaultParallelism(),
        context.settings().get(Phase1Settings.TASK_BYTES),
        SMALL_BATCH_BYTES);
  }

  private Map<String, String> sinkOptions() {
    return SinkOptions.of(sources.stream().map(Versioned::spec).toList(), author);
  }

  private Optional<String> checkpoint() {
    return context
        .settings()
        .find(DriverSettings.CHECKPOINT)
        .map(
            folder ->
                "%s/%s-%08x"
                    .formatted(
                        folder.toString().replaceAll("/+$", ""),
                        name(),
                        sources.stream().map(source -> source.spec().name()).toList().hashCode()));
  }

  private static RetryPolicy retry(Settings settings) {
    return new RetryPolicy(
        settings.get(DriverSettings.RETRY_ATTEMPTS),
        settings.get(DriverSettings.RETRY_BASE),
        settings.get(DriverSettings.RETRY_CAP));
  }

  private Configuration hadoop() {
    return context.spark().sessionState().newHadoopConf();
  }
}
