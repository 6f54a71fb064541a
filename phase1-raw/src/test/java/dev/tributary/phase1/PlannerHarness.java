package dev.tributary.phase1;

import dev.tributary.archive.Acceptance;
import dev.tributary.archive.Author;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RetryPolicy;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.kafka.clients.admin.Admin;

/** A planner over topics that have a source each, without a query. */
final class PlannerHarness implements AutoCloseable {
  static final int ATTEMPTS = 5;
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private final KafkaCluster cluster;
  private final TopicInspection inspection;
  private final IngestPlanner planner;
  private final Map<String, PipelineMetrics> metrics = new HashMap<>();

  PlannerHarness(IngestHarness ingest, KafkaConnection connection, Admin admin, String... topics) {
    this.cluster = new KafkaCluster(connection, admin);
    this.inspection = new TopicInspection(cluster, opening(cluster));
    List<TopicIngest> ingests = new ArrayList<>();
    for (String topic : topics) {
      SourceSpec source = ingest.source(topic, topic);
      ingests.add(new TopicIngest(source, ingest.log(topic), new HashSet<>()));
      metrics.put(topic, new PipelineMetrics(topic, "phase1", Clock.systemUTC()));
    }
    this.planner =
        new IngestPlanner(
            ingests,
            cluster,
            inspection,
            new TaskCutter(connection, new TaskGrouping(2, 1 << 20, 1 << 20), PATIENCE),
            new IngestMetrics(metrics),
            new RetryPolicy(ATTEMPTS, Duration.ofMillis(50), Duration.ofSeconds(1)),
            Clock.systemUTC());
  }

  IngestPlanner planner() {
    return planner;
  }

  PipelineMetrics pipeline(String topic) {
    return metrics.get(topic);
  }

  /** The topics of the next batch. */
  Set<String> planned() {
    return planner.planNext().map(plan -> new TreeSet<>(plan.topics().keySet())).orElseThrow();
  }

  @Override
  public void close() {
    inspection.close();
    cluster.close();
  }

  private static ArchiveOpening opening(KafkaCluster cluster) {
    return new ArchiveOpening(
        cluster,
        new StoreProbe(new Configuration(), false),
        new Acceptances(List.of(), List.of(), new Acceptance("operator", "test")),
        new Author("run", "test"),
        Clock.systemUTC());
  }
}
