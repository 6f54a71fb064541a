package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Genesis;
import dev.tributary.cli.StoreConfiguration;
import dev.tributary.cli.reconcile.KafkaIdentity;
import dev.tributary.cli.reconcile.KafkaTopics;
import dev.tributary.cli.reconcile.Reconciler;
import dev.tributary.cli.reconcile.Reconciliation;
import dev.tributary.cli.reconcile.Verdict;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.settings.Program;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.ArchiveStart;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.local.servers.KafkaServer;
import dev.tributary.streaming.DriverSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code ./tributary reconcile} asks the store over HTTP, counted where it arrives, of a
 * dataset whose archive, plan log and table are short, and of one of which each has 100,000
 * entries.
 */
@Tag("long")
class ReconcileRequestsIT {
  private static final int FEW = 100;
  private static final int MANY = 100_000;

  @TempDir private static Path folder;
  private static KafkaServer kafka;
  private static MemoryBucket bucket;

  private record Answer(Reconciliation reconciliation, List<String> requests) {}

  @BeforeAll
  static void twoHistories() throws Exception {
    kafka = KafkaServer.in(folder.resolve("kafka")).start();
    bucket = new MemoryBucket();
    write("few", FEW);
    write("many", MANY);
  }

  @AfterAll
  static void stop() {
    bucket.close();
    kafka.close();
  }

  @Test
  void aReconciliationAsksForAsMuchAt100000EntriesAsAt100() throws IOException {
    Answer few = ask("few", new ArchiveStart.Earliest());
    Answer many = ask("many", new ArchiveStart.Earliest());

    assertBalanced(few, FEW);
    assertBalanced(many, MANY);
    assertThat(many.requests()).hasSameSizeAs(few.requests()).hasSizeLessThanOrEqualTo(35);
  }

  @Test
  void whereADatasetBeganIsFoundByTheLogarithmOfItsPlans() throws IOException {
    Answer few = ask("few", new ArchiveStart.Now());
    Answer many = ask("many", new ArchiveStart.Now());

    assertBalanced(few, FEW);
    assertBalanced(many, MANY);
    // Of 1,000 times as many plans, 2 to the power of 10.
    assertThat(many.requests()).hasSizeLessThanOrEqualTo(few.requests().size() + 10);
  }

  @Test
  void whatWasReadOfATopicThatTheSourceHasNoLongerIsNoRecordTooMany() throws Exception {
    produce("other", 0);
    SourceSpec source = source("few").withTopics(List.of("other"));
    Reconciliation reconciliation =
        new Reconciler(configuration(), SecretReference.ofProcess())
            .reconcile(dataset("few", new ArchiveStart.Earliest()), source, Reconciler.Depth.LOGS);
    assertBalanced(new Answer(reconciliation, List.of()), FEW);
  }

  private static void assertBalanced(Answer answer, long records) {
    assertThat(answer.reconciliation().findings()).isEmpty();
    assertThat(answer.reconciliation().verdict()).isEqualTo(Verdict.BALANCED);
    assertThat(answer.reconciliation().table().totals()).containsEntry("inserted", records);
  }

  /** As a process of its own: nothing that an earlier one has read is known. */
  private static Answer ask(String topic, ArchiveStart start) throws IOException {
    FileSystem.closeAll();
    bucket.takeRequests();
    Reconciliation reconciliation =
        new Reconciler(configuration(), SecretReference.ofProcess())
            .reconcile(dataset(topic, start), source(topic), Reconciler.Depth.LOGS);
    return new Answer(reconciliation, bucket.takeRequests());
  }

  private static void write(String topic, int entries) throws Exception {
    produce(topic, entries);
    KafkaIdentity identity;
    try (KafkaTopics topics = new KafkaTopics(source(topic), SecretReference.ofProcess())) {
      identity = topics.identity();
    }
    new LongHistory(bucket, source(topic).archive().location(), topic, target(topic), entries)
        .write(
            new Genesis(
                topic,
                identity.clusterId(),
                identity.topicIds().get(topic),
                source(topic).isolation(),
                List.of()),
            folder.resolve("scratch-" + topic));
  }

  private static void produce(String topic, int records) throws Exception {
    Map<String, Object> servers = Map.of("bootstrap.servers", kafka.bootstrapServers());
    try (Admin admin = Admin.create(servers)) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                kafka.bootstrapServers(),
                // With several, a new topic's first request can be overtaken (KAFKA-15591).
                "max.in.flight.requests.per.connection",
                1),
            new StringSerializer(),
            new StringSerializer())) {
      for (int n = 0; n < records; n++) {
        producer.send(new ProducerRecord<>(topic, "{}"));
      }
    }
  }

  private static SourceSpec source(String topic) {
    return new SourceSpec(
        topic,
        kafka.bootstrapServers(),
        List.of(topic),
        null,
        null,
        null,
        new ArchiveSpec("s3a://lake/raw", null, null, null),
        null,
        null,
        null);
  }

  private static String target(String dataset) {
    return "s3a://lake/tables/" + dataset;
  }

  private static DatasetSpec dataset(String name, ArchiveStart start) {
    return new DatasetSpec(
        name,
        name,
        null,
        new TargetSpec(target(name), null, null),
        List.of(ColumnSpec.of("id", "bigint")),
        WriteSpec.append(),
        null,
        null,
        null,
        null,
        start,
        Optional.empty(),
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /** As a command has it. */
  private static Configuration configuration() {
    Configuration configuration =
        StoreConfiguration.of(
            Program.of("test", "-", DriverSettings.STORE)
                .resolve(
                    List.of(),
                    Map.of(
                        "TRIBUTARY_S3_ENDPOINT",
                        bucket.endpoint().toString(),
                        "TRIBUTARY_S3_REGION",
                        "us-east-1",
                        "TRIBUTARY_S3_PATH_STYLE",
                        "true"),
                    folder));
    configuration.set("fs.s3a.access.key", "any");
    configuration.set("fs.s3a.secret.key", "any");
    return configuration;
  }
}
