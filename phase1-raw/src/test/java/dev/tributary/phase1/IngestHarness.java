package dev.tributary.phase1;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.PartitionAccount;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.StartPosition;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.Pipelines;
import dev.tributary.streaming.RetryPolicy;
import dev.tributary.streaming.RunLimits;
import dev.tributary.streaming.RunLoop;
import dev.tributary.streaming.RunOutcome;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;

/** A driver in this process, without its logging, its server and its exit. */
final class IngestHarness {
  private final TestEnvironment environment = TestEnvironment.get();
  private final FixedMetastore metastore = new FixedMetastore();
  private final SparkSession spark;
  private final String archive;
  private Pipelines pipelines = new Pipelines();

  IngestHarness(Path folder) {
    this.spark = environment.spark();
    this.archive = folder.toUri().toString().replaceAll("/+$", "").replace("file:///", "file:/");
  }

  /** With an archive that is reached by these settings of Hadoop. */
  IngestHarness(String archive, Map<String, String> hadoop) {
    this.spark = environment.spark().newSession();
    hadoop.forEach(spark.conf()::set);
    this.archive = archive;
  }

  String archive() {
    return archive;
  }

  Pipelines pipelines() {
    return pipelines;
  }

  FixedMetastore metastore() {
    return metastore;
  }

  SourceSpec source(String name, String... topics) {
    return source(name, new StartPosition.Earliest(), Map.of(), Optional.empty(), topics);
  }

  SourceSpec source(
      String name,
      StartPosition start,
      Map<String, String> options,
      Optional<String> group,
      String... topics) {
    return new SourceSpec(
        name,
        options.getOrDefault("bootstrap.servers", environment.kafka().bootstrapServers()),
        List.of(topics),
        start,
        Isolation.READ_COMMITTED,
        options,
        new ArchiveSpec(archive, null, null, null),
        null,
        group,
        null);
  }

  /** A source whose topics are yet to be found. */
  SourceSpec pattern(String name, String pattern) {
    return new SourceSpec(
        name,
        environment.kafka().bootstrapServers(),
        null,
        Optional.of(pattern),
        null,
        null,
        null,
        new ArchiveSpec(archive, null, null, null),
        null,
        null,
        null,
        null,
        null);
  }

  /** As above, whose topics become sources of their own. */
  SourceSpec pattern(String name, String pattern, ObjectNode template) {
    SourceSpec plain = pattern(name, pattern);
    return new SourceSpec(
        name,
        plain.bootstrapServers(),
        null,
        plain.topicPattern(),
        null,
        null,
        null,
        plain.archive(),
        null,
        null,
        null,
        Optional.of(template),
        null);
  }

  void register(SourceSpec spec) {
    metastore.put(spec);
  }

  /** Runs everything up to now. */
  RunOutcome run(String... flags) throws InterruptedException {
    List<String> all = new ArrayList<>(List.of("--trigger", "available-now"));
    all.addAll(List.of(flags));
    return loop(Duration.ZERO, all).run();
  }

  /** A run that goes on until it is stopped. */
  RunLoop continuous(String... flags) {
    List<String> all = new ArrayList<>(List.of("--trigger", "100ms"));
    all.addAll(List.of(flags));
    return loop(Duration.ofMillis(200), all);
  }

  private RunLoop loop(Duration discovery, List<String> flags) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--all",
                "--metastore.url",
                "http://127.0.0.1:1",
                "--retry.base",
                "50ms",
                "--retry.attempts",
                "3"));
    all.addAll(flags);
    Settings settings = Phase1Settings.PROGRAM.resolve(all, Map.of(), Path.of("target"));
    pipelines = new Pipelines();
    Driver.Context context =
        new Driver.Context(
            settings, spark, pipelines, UUID.randomUUID().toString(), Clock.systemUTC());
    return new RunLoop(
        new IngestUnits(SourceSelection.of(settings, metastore), metastore, context, "phase1-it"),
        new RetryPolicy(3, Duration.ofMillis(50), Duration.ofSeconds(1)),
        new RunLimits(Duration.ZERO, Duration.ofSeconds(30), discovery));
  }

  ManifestLog log(String topic) {
    return ManifestLog.open(archive, topic, spark.sessionState().newHadoopConf());
  }

  PartitionAccount account(String topic, int incarnation, int partition) {
    return log(topic).requireHead().account(incarnation, partition).orElseThrow();
  }

  List<String> archived(String topic) {
    return ArchiveContent.ofArchive(spark, archive, topic);
  }

  List<String> inKafka(String topic) {
    return inKafka(topic, 0);
  }

  List<String> inKafka(String topic, int incarnation) {
    return ArchiveContent.ofKafka(environment.kafka().bootstrapServers(), topic, incarnation);
  }
}
