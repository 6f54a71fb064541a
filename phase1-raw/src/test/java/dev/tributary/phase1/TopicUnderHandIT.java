package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.tributary.archive.GapKind;
import dev.tributary.archive.TopicFailure;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.BatchSpec;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.StartPosition;
import dev.tributary.local.servers.KafkaServer;
import dev.tributary.streaming.RunLoop;
import dev.tributary.streaming.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A topic that becomes another one, or an earlier one, under the hands of its reader. */
@Timeout(240)
final class TopicUnderHandIT {
  private final TestEnvironment environment = TestEnvironment.get();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private IngestHarness ingest;

  @BeforeEach
  void newArchive() throws Exception {
    ingest = new IngestHarness(environment.newFolder("archive"));
  }

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  @Tag("long")
  void aTopicThatIsCreatedAgainWhileADriverReadsItIsNotMixedWithTheOneBefore() throws Exception {
    String topic = "exchanged";
    environment.createTopic(topic, 1, Map.of());
    environment.send(records(topic, "before", 4_000));
    List<String> before = ingest.inKafka(topic);
    ingest.register(inBatchesOf(50, ingest.source(topic, topic)));
    RunLoop loop = ingest.continuous();
    Future<RunOutcome> run = threads.submit(loop::run);
    await().atMost(Duration.ofSeconds(60)).until(() -> watermark(topic) >= 100);

    createAgain(environment.admin(), topic);
    // More than there were, so that every offset that is waited for is there again.
    environment.send(records(topic, "after", 6_000));

    RunOutcome stopped = run.get(120, TimeUnit.SECONDS);
    // The topic may have been away for longer than this driver waits.
    assertThat(code(stopped)).get().isIn(ErrorCode.TOPIC_RECREATED, ErrorCode.TOPIC_NOT_FOUND);
    assertThat(watermark(topic)).as("offsets that were read before").isBetween(100L, 3_999L);
    List<String> held = before.subList(0, Math.toIntExact(watermark(topic)));
    assertSame(ingest.archived(topic), held);

    RunOutcome refused = ingest.run();
    assertThat(code(refused)).contains(ErrorCode.TOPIC_RECREATED);
    assertSame(ingest.archived(topic), held);
    String flag = "--accept-incarnation=%s:%s".formatted(topic, id(environment.admin(), topic));
    assertThat(ingest.run(flag).exitCode()).isZero();
    List<String> all = new ArrayList<>(held);
    all.addAll(ingest.inKafka(topic, 1));
    assertThat(all).hasSize(held.size() + 6_000);
    assertSame(ingest.archived(topic), all);
  }

  @Test
  void aRangeIsRefusedWhoseTopicWasCreatedAgainWhileItsRecordsWereHandedOn() throws Exception {
    String topic = "replaced-fetched";
    environment.createTopic(topic, 1, Map.of());
    environment.send(records(topic, "before", 400));
    String planned = id(environment.admin(), topic);
    // All of it is in memory after the first answer of the broker.
    try (RangeReader reader = reader(topic, planned, Map.of())) {
      for (int row = 0; row < 25; row++) {
        assertThat(reader.next()).isTrue();
      }
      createAgain(environment.admin(), topic);
      environment.send(records(topic, "after", 600));

      assertThat(refusal(reader, topic))
          .hasMessageContaining("was created again while it was read")
          .hasMessageContaining("was " + planned);
    }
  }

  @Test
  @Tag("long")
  void aRangeIsRefusedOfWhichAPartWouldComeFromTheNextTopicOfItsName() throws Exception {
    String topic = "replaced-unfetched";
    environment.createTopic(topic, 1, Map.of());
    for (int part = 0; part < 40; part++) {
      environment.send(records(topic, "before", 10));
    }
    String planned = id(environment.admin(), topic);
    try (RangeReader reader = reader(topic, planned, Map.of("max.partition.fetch.bytes", "500"))) {
      for (int row = 0; row < 25; row++) {
        assertThat(reader.next()).isTrue();
      }
      createAgain(environment.admin(), topic);
      environment.send(records(topic, "after", 600));

      // Kafka's client may notice first that the offset belongs to another history.
      refusal(reader, topic);
    }
  }

  private RangeReader reader(String topic, String topicId, Map<String, String> more) {
    TreeMap<String, String> options = new TreeMap<>(more);
    options.put("max.poll.records", "10");
    PlannedRange range =
        new PlannedRange(
            topic,
            topicId,
            0,
            0,
            0,
            400,
            GapKind.TRANSACTIONAL,
            20,
            PlannedRange.NO_EPOCH,
            1 << 20);
    RangeTask task =
        new RangeTask(
            new KafkaConnection(environment.kafka().bootstrapServers(), options),
            Isolation.READ_COMMITTED,
            new ArrayList<>(List.of(range)),
            new HashMap<>(Map.of(topic, Duration.ofMinutes(1))));
    return new RangeReader(task, new ConsumerPool(Duration.ofMinutes(1)));
  }

  /** Why the rest of a range is refused, which is the topic's fault and passes. */
  private static TributaryException refusal(RangeReader reader, String topic) {
    TopicFailure failure = catchThrowableOfType(TopicFailure.class, () -> readToItsEnd(reader));
    assertThat(failure).as("the range was read to its end").isNotNull();
    assertThat(failure.topic()).isEqualTo(topic);
    TributaryException cause = (TributaryException) failure.getCause();
    assertThat(cause.code()).isEqualTo(ErrorCode.KAFKA_UNAVAILABLE);
    return cause;
  }

  private static void readToItsEnd(RangeReader reader) {
    while (reader.next()) {
      // Nothing of it is committed.
    }
  }

  @Test
  @Tag("long")
  void aBrokerThatWasPutBackFromABackupStopsTheSourceBeforeAnOffsetMeansTwoRecords()
      throws Exception {
    String topic = "put_back";
    Path folder = environment.newFolder("kafka");
    Path backup = environment.newFolder("backup").resolve("data");
    try (KafkaServer kafka = KafkaServer.in(folder).start();
        Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      create(admin, topic);
      send(kafka, records(topic, "kept", 100));
      copy(folder.resolve("data"), backup);
      send(kafka, records(topic, "lost", 50));
      ingest.register(
          ingest.source(
              topic,
              new StartPosition.Earliest(),
              Map.of("bootstrap.servers", kafka.bootstrapServers()),
              Optional.empty(),
              topic));
      assertThat(ingest.run().exitCode()).isZero();
      List<String> archived = ArchiveContent.ofKafka(kafka.bootstrapServers(), topic, 0);
      assertThat(archived).hasSize(150);
      assertSame(ingest.archived(topic), archived);
      String id = id(admin, topic);
      long sequence = ingest.log(topic).requireHead().sequence();

      kafka.kill();
      delete(folder.resolve("data"));
      copy(backup, folder.resolve("data"));
      kafka.start();
      assertThat(id(admin, topic)).as("the topic is the same to Kafka").isEqualTo(id);
      send(kafka, records(topic, "instead", 20));
      RunOutcome stopped = ingest.run();

      assertThat(code(stopped)).contains(ErrorCode.KAFKA_UNAVAILABLE);
      assertThat(stopped.exitCode()).isNotZero();
      assertThat(stopped.error().orElseThrow())
          .hasMessageContaining(
              "Partition 0 of topic put_back ends at offset 120, but the archive holds all below"
                  + " 150")
          .hasMessageContaining("create the topic again and accept the new incarnation");
      assertThat(ingest.log(topic).requireHead().sequence()).isEqualTo(sequence);
      assertSame(ingest.archived(topic), archived);

      // The remedy.
      createAgain(admin, topic);
      send(kafka, records(topic, "anew", 30));
      assertThat(code(ingest.run())).contains(ErrorCode.TOPIC_RECREATED);
      String flag = "--accept-incarnation=%s:%s".formatted(topic, id(admin, topic));
      assertThat(ingest.run(flag).exitCode()).isZero();
      List<String> all = new ArrayList<>(archived);
      all.addAll(ArchiveContent.ofKafka(kafka.bootstrapServers(), topic, 1));
      assertThat(all).hasSize(180);
      assertSame(ingest.archived(topic), all);
    }
  }

  private long watermark(String topic) {
    return ingest.log(topic).head().map(head -> head.watermark(0, 0)).orElse(0L);
  }

  private static Optional<ErrorCode> code(RunOutcome outcome) {
    return outcome.error().map(TributaryException::code);
  }

  private static List<ProducerRecord<byte[], byte[]>> records(
      String topic, String what, int count) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(new ProducerRecord<>(topic, 0, null, "%s %d".formatted(what, i).getBytes()));
    }
    return records;
  }

  private static SourceSpec inBatchesOf(long records, SourceSpec base) {
    return new SourceSpec(
        base.name(),
        base.bootstrapServers(),
        base.topics(),
        base.start(),
        base.isolation(),
        base.kafkaOptions(),
        base.archive(),
        new BatchSpec(records, null, null),
        base.consumerGroup(),
        base.state());
  }

  private static void createAgain(Admin admin, String topic) throws Exception {
    admin.deleteTopics(Set.of(topic)).all().get();
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .until(
            () -> {
              create(admin, topic);
              return true;
            });
  }

  private static void create(Admin admin, String topic) throws Exception {
    admin
        .createTopics(Set.of(new NewTopic(topic, Optional.of(1), Optional.of((short) 1))))
        .all()
        .get();
  }

  private static String id(Admin admin, String topic) throws Exception {
    return admin
        .describeTopics(Set.of(topic))
        .allTopicNames()
        .get()
        .get(topic)
        .topicId()
        .toString();
  }

  private static void send(KafkaServer kafka, List<ProducerRecord<byte[], byte[]>> records)
      throws ExecutionException, InterruptedException {
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers",
            kafka.bootstrapServers(),
            "max.in.flight.requests.per.connection",
            1);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (ProducerRecord<byte[], byte[]> record : records) {
        producer.send(record);
      }
      producer.flush();
    }
  }

  /** The same as a bag; the message names a few differences instead of thousands of records. */
  private static void assertSame(List<String> actual, List<String> expected) {
    List<String> extra = new ArrayList<>(actual);
    Set<String> wanted = new HashSet<>(expected);
    extra.removeIf(wanted::remove);
    assertThat(extra.stream().limit(3)).as("not in Kafka, or twice").isEmpty();
    assertThat(wanted.stream().limit(3)).as("missing").isEmpty();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else if (!file.toString().endsWith(".tmp")) {
          // Those that a running broker is about to rename come and go.
          Files.copy(file, copy);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((one, two) -> two.compareTo(one)).toList()) {
        Files.delete(file);
      }
    }
  }
}
