package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.EntryKind;
import dev.tributary.archive.GapKind;
import dev.tributary.archive.PartitionAccount;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.StartPosition;
import dev.tributary.streaming.Health;
import dev.tributary.streaming.PipelineState;
import dev.tributary.streaming.RunLoop;
import dev.tributary.streaming.RunOutcome;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class IngestIT {
  // Retention knows records by their timestamps.
  private static final long NOW = System.currentTimeMillis();

  private final TestEnvironment environment = TestEnvironment.get();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private IngestHarness ingest;
  private Path folder;

  @BeforeEach
  void newArchive() throws Exception {
    folder = environment.newFolder("archive");
    ingest = new IngestHarness(folder);
  }

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static List<ProducerRecord<byte[], byte[]>> anything(
      String topic, int partitions, int count, long seed) {
    Random random = new Random(seed);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] value =
          switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> bytes(random, random.nextInt(300));
            case 2 -> "{ \"n\" :\r\n 1.10000000000000000000000000000000001 }".getBytes();
            default -> new byte[0];
          };
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(
              topic,
              random.nextInt(partitions),
              NOW + i,
              random.nextBoolean() ? null : bytes(random, 8),
              value);
      for (int header = random.nextInt(3); header > 0; header--) {
        record.headers().add(new RecordHeader("h", random.nextBoolean() ? null : bytes(random, 4)));
      }
      records.add(record);
    }
    return records;
  }

  private void assertExact(String topic) {
    assertSame(ingest.archived(topic), ingest.inKafka(topic));
  }

  /** The same as a bag; the message names a few differences instead of thousands of records. */
  private static void assertSame(List<String> actual, List<String> expected) {
    List<String> extra = new ArrayList<>(actual);
    Set<String> wanted = new HashSet<>(expected);
    extra.removeIf(wanted::remove);
    assertThat(extra.stream().limit(3)).as("not in Kafka, or twice").isEmpty();
    assertThat(wanted.stream().limit(3)).as("missing").isEmpty();
  }

  private static Optional<ErrorCode> code(RunOutcome outcome) {
    return outcome.error().map(TributaryException::code);
  }

  @Test
  void everyRecordIsArchivedOnceWithItsCoordinatesAndBytesHoweverOftenItRuns() throws Exception {
    environment.createTopic("exact", 3, Map.of());
    environment.send(anything("exact", 3, 3_000, 1));
    ingest.register(ingest.source("exact", "exact"));

    assertThat(ingest.run().exitCode()).isZero();
    assertExact("exact");
    assertThat(ingest.pipelines().find("exact").orElseThrow().snapshot().recordsIngested())
        .isEqualTo(3_000);

    environment.send(anything("exact", 3, 500, 2));
    assertThat(ingest.run().exitCode()).isZero();
    assertExact("exact");

    long sequence = ingest.log("exact").requireHead().sequence();
    assertThat(ingest.run().exitCode()).isZero();
    assertThat(ingest.log("exact").requireHead().sequence()).isEqualTo(sequence);
  }

  @Test
  void aDeletedCheckpointAndAStaleOneMakeNoDifference() throws Exception {
    environment.createTopic("checkpoint", 2, Map.of());
    environment.send(anything("checkpoint", 2, 500, 3));
    ingest.register(ingest.source("checkpoint", "checkpoint"));
    Path checkpoint = environment.newFolder("checkpoint");
    String[] flags = {"--checkpoint", checkpoint.toUri().toString()};

    assertThat(ingest.run(flags).exitCode()).isZero();
    environment.send(anything("checkpoint", 2, 100, 4));
    assertThat(ingest.run().exitCode()).isZero();
    environment.send(anything("checkpoint", 2, 100, 5));
    assertThat(ingest.run(flags).exitCode()).isZero();

    assertExact("checkpoint");
  }

  @Test
  void aBatchThatSparkRemembersIsReadFromWhereTheArchiveEnds() throws Exception {
    environment.createTopic("remembered", 1, Map.of());
    environment.send("remembered", 0, 100);
    ingest.register(ingest.source("remembered", "remembered"));
    Path checkpoint = environment.newFolder("checkpoint");
    String[] flags = {"--checkpoint", checkpoint.toUri().toString()};
    assertThat(ingest.run(flags).exitCode()).isZero();
    environment.send("remembered", 0, 100);
    assertThat(ingest.run(flags).exitCode()).isZero();

    // As if it had died after the manifest entry and before Spark's own commit.
    try (var commits = Files.walk(checkpoint)) {
      for (Path commit : commits.filter(file -> file.getParent().endsWith("commits")).toList()) {
        Files.delete(commit);
      }
    }
    environment.send("remembered", 0, 50);
    assertThat(ingest.run(flags).exitCode()).isZero();

    assertExact("remembered");
    assertThat(ingest.account("remembered", 0, 0).next()).isEqualTo(250);
  }

  @Test
  void batchesAreBoundedByRecords() throws Exception {
    environment.createTopic("bounded", 2, Map.of());
    environment.send("bounded", 0, 900);
    environment.send("bounded", 1, 100);
    ingest.register(bounded(ingest.source("bounded", "bounded"), new BatchSpec(300L, null, null)));

    assertThat(ingest.run().exitCode()).isZero();

    assertExact("bounded");
    assertThat(ingest.log("bounded").requireHead().sequence()).isEqualTo(4);
  }

  @Test
  void batchesAreBoundedByBytesHoweverBigTheRecordsOfANewTopicAre() throws Exception {
    environment.createTopic("big", 3, Map.of());
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      records.add(new ProducerRecord<>("big", i % 3, NOW, null, bytes(new Random(i), 100_000)));
    }
    environment.send(records);
    ingest.register(bounded(ingest.source("big", "big"), new BatchSpec(null, 1_500_000L, null)));

    assertThat(ingest.run().exitCode()).isZero();

    assertExact("big");
    long head = ingest.log("big").requireHead().sequence();
    assertThat(ingest.log("big").range(1, head))
        .allSatisfy(
            entry ->
                assertThat(
                        entry.files().stream()
                            .flatMap(file -> file.segments().stream())
                            .mapToLong(segment -> segment.records())
                            .sum())
                    // 15 fit, and each partition may end with one more.
                    .isLessThanOrEqualTo(18));
    assertThat(head).isLessThanOrEqualTo(12);
  }

  @Test
  void aBatchThatIsNotFullWaitsForAsLongAsItMay() throws Exception {
    environment.createTopic("patient", 1, Map.of());
    ingest.register(
        bounded(ingest.source("patient", "patient"), new BatchSpec(100L, null, 4_000L)));
    RunLoop loop = ingest.continuous();
    Future<RunOutcome> run = threads.submit(loop::run);
    await().atMost(Duration.ofSeconds(60)).until(() -> ingest.log("patient").head().isPresent());
    long sent = System.currentTimeMillis();
    environment.send("patient", 0, 5);
    await().atMost(Duration.ofSeconds(60)).until(() -> watermark("patient", 0) == 5);
    assertThat(ingest.log("patient").requireHead().ingestTime() - sent)
        .isGreaterThanOrEqualTo(4_000);

    // A full one does not.
    ingest.register(
        bounded(ingest.source("patient", "patient"), new BatchSpec(100L, null, 3_600_000L)));
    environment.send("patient", 0, 100);
    await().atMost(Duration.ofSeconds(60)).until(() -> watermark("patient", 0) == 105);

    // Who watches the driver sees that it does not stall.
    environment.send("patient", 0, 5);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> ingest.pipelines().find("patient").orElseThrow().snapshot().lagRecords() == 5);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                ingest
                    .pipelines()
                    .find("patient")
                    .flatMap(metrics -> metrics.snapshot().heldUntil())
                    .filter(until -> Instant.parse(until).isAfter(Instant.now()))
                    .isPresent());
    loop.stop();
    assertThat(run.get(30, TimeUnit.SECONDS).exitCode()).isZero();
  }

  private static SourceSpec inState(SourceSpec base, SpecState state) {
    return new SourceSpec(
        base.name(),
        base.bootstrapServers(),
        base.topics(),
        base.start(),
        base.isolation(),
        base.kafkaOptions(),
        base.archive(),
        base.batch(),
        base.consumerGroup(),
        state);
  }

  private static SourceSpec bounded(SourceSpec base, BatchSpec bound) {
    return new SourceSpec(
        base.name(),
        base.bootstrapServers(),
        base.topics(),
        base.start(),
        base.isolation(),
        base.kafkaOptions(),
        base.archive(),
        bound,
        base.consumerGroup(),
        base.state());
  }

  @Test
  void transactionsLeaveGapsOfTheirKindAndTheAccountsBalance() throws Exception {
    environment.createTopic("transactions", 3, Map.of());
    try (KafkaProducer<byte[], byte[]> producer =
        environment.producer(Map.of("transactional.id", "t1"))) {
      producer.initTransactions();
      for (int round = 0; round < 4; round++) {
        producer.beginTransaction();
        for (int i = 0; i < 10; i++) {
          producer.send(
              new ProducerRecord<>("transactions", round % 2, null, ("v" + i).getBytes()));
        }
        if (round < 2) {
          producer.commitTransaction();
        } else {
          // Otherwise the producer forgets what it has not sent yet.
          producer.flush();
          producer.abortTransaction();
        }
      }
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("transactions", 2, null, "lost".getBytes()));
      producer.flush();
      producer.abortTransaction();
    }
    ingest.register(ingest.source("transactions", "transactions"));

    assertThat(ingest.run().exitCode()).isZero();

    assertExact("transactions");
    assertThat(ingest.archived("transactions")).hasSize(20);
    for (int partition = 0; partition < 2; partition++) {
      PartitionAccount account = ingest.account("transactions", 0, partition);
      assertThat(account.next()).isEqualTo(22);
      assertThat(account.records()).isEqualTo(10);
      assertThat(account.gaps()).isEqualTo(Map.of(GapKind.TRANSACTIONAL, 12L));
    }
    PartitionAccount abortedAlone = ingest.account("transactions", 0, 2);
    assertThat(abortedAlone.next()).isEqualTo(2);
    assertThat(abortedAlone.records()).isZero();
    assertThat(abortedAlone.gaps()).isEqualTo(Map.of(GapKind.TRANSACTIONAL, 2L));
  }

  @Test
  void aCompactedTopicIsArchivedAsFarAsItIsLeft() throws Exception {
    environment.createTopic(
        "compacted",
        1,
        Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "100",
            "min.cleanable.dirty.ratio", "0.01",
            "max.compaction.lag.ms", "100",
            "min.compaction.lag.ms", "0"));
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] value = i % 20 == 13 ? null : ("v" + i).getBytes();
      records.add(new ProducerRecord<>("compacted", 0, ("k" + i % 5).getBytes(), value));
    }
    environment.send(records);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              environment.send("compacted", 0, 1);
              return ingest.inKafka("compacted").size() < 50;
            });
    endCompaction("compacted");
    ingest.register(ingest.source("compacted", "compacted"));

    assertThat(ingest.run().exitCode()).isZero();

    assertExact("compacted");
    PartitionAccount account = ingest.account("compacted", 0, 0);
    assertThat(account.records()).isEqualTo(ingest.archived("compacted").size());
    assertThat(account.gaps().keySet()).isEqualTo(Set.of(GapKind.NOT_DELIVERED));
    assertThat(account.next()).isGreaterThan(200);

    // Without transactions to tell apart, the broker's compaction is the only cause.
    SourceSpec base = ingest.source("compacted", "compacted");
    IngestHarness uncommitted = new IngestHarness(environment.newFolder("archive"));
    uncommitted.register(
        new SourceSpec(
            base.name(),
            base.bootstrapServers(),
            base.topics(),
            base.start(),
            Isolation.READ_UNCOMMITTED,
            base.kafkaOptions(),
            new ArchiveSpec(uncommitted.archive(), null, null, null),
            null,
            base.consumerGroup(),
            null));

    assertThat(uncommitted.run().exitCode()).isZero();

    assertSame(uncommitted.archived("compacted"), uncommitted.inKafka("compacted"));
    PartitionAccount other = uncommitted.account("compacted", 0, 0);
    assertThat(other.records()).isEqualTo(uncommitted.archived("compacted").size());
    assertThat(other.gaps().keySet()).isEqualTo(Set.of(GapKind.COMPACTED));
    assertThat(other.next()).isGreaterThanOrEqualTo(account.next());
  }

  /** From now on Kafka keeps what it has, so that it can be compared. */
  private void endCompaction(String topic) throws Exception {
    for (String bound : List.of("max.compaction.lag.ms", "min.compaction.lag.ms")) {
      AlterConfigOp never =
          new AlterConfigOp(
              new ConfigEntry(bound, Long.toString(Long.MAX_VALUE)), AlterConfigOp.OpType.SET);
      environment
          .admin()
          .incrementalAlterConfigs(
              Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(never)))
          .all()
          .get();
    }
    AtomicReference<List<String>> seen = new AtomicReference<>(List.of());
    await("an end of the compaction")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              List<String> left = ingest.inKafka(topic);
              return left.equals(seen.getAndSet(left));
            });
  }

  @Test
  void partitionsAddedWhileItIsDownAndWhileItRunsAreRead() throws Exception {
    environment.createTopic("growing", 1, Map.of());
    environment.send("growing", 0, 10);
    ingest.register(ingest.source("growing", "growing"));
    assertThat(ingest.run().exitCode()).isZero();

    environment
        .admin()
        .createPartitions(Map.of("growing", NewPartitions.increaseTo(2)))
        .all()
        .get();
    environment.send("growing", 1, 20);
    RunLoop loop = ingest.continuous();
    Future<RunOutcome> run = threads.submit(loop::run);
    await().atMost(Duration.ofSeconds(30)).until(() -> watermark("growing", 1) == 20);

    environment
        .admin()
        .createPartitions(Map.of("growing", NewPartitions.increaseTo(3)))
        .all()
        .get();
    environment.send("growing", 2, 30);
    await().atMost(Duration.ofSeconds(30)).until(() -> watermark("growing", 2) == 30);
    loop.stop();

    assertThat(run.get(30, TimeUnit.SECONDS).exitCode()).isZero();
    assertExact("growing");
  }

  private long watermark(String topic, int partition) {
    return ingest.log(topic).head().map(head -> head.watermark(0, partition)).orElse(0L);
  }

  @Test
  void aTopicRegisteredWhileItRunsIsPickedUpAndAPausedOrRetiredOneStops() throws Exception {
    environment.createTopic("first", 1, Map.of());
    environment.createTopic("second", 1, Map.of());
    environment.send("first", 0, 10);
    environment.send("second", 0, 10);
    ingest.register(ingest.source("first", "first"));
    RunLoop loop = ingest.continuous();
    Future<RunOutcome> run = threads.submit(loop::run);
    await().atMost(Duration.ofSeconds(30)).until(() -> watermark("first", 0) == 10);

    ingest.register(ingest.source("second", "second"));
    await().atMost(Duration.ofSeconds(30)).until(() -> watermark("second", 0) == 10);
    environment.send("first", 0, 5);
    await().atMost(Duration.ofSeconds(30)).until(() -> watermark("first", 0) == 15);

    ingest.register(inState(ingest.source("first", "first"), SpecState.PAUSED));
    await().atMost(Duration.ofSeconds(30)).until(() -> state("first") == PipelineState.STOPPED);
    environment.send("first", 0, 5);
    environment.send("second", 0, 5);
    await().atMost(Duration.ofSeconds(30)).until(() -> watermark("second", 0) == 15);
    assertThat(watermark("first", 0)).isEqualTo(15);

    ingest.register(inState(ingest.source("second", "second"), SpecState.RETIRED));
    await().atMost(Duration.ofSeconds(30)).until(() -> state("second") == PipelineState.STOPPED);
    environment.send("second", 0, 5);
    ingest.register(ingest.source("first", "first"));
    await().atMost(Duration.ofSeconds(30)).until(() -> watermark("first", 0) == 20);
    assertThat(watermark("second", 0)).isEqualTo(15);
    assertThat(run.isDone()).isFalse();
    loop.stop();

    assertThat(run.get(30, TimeUnit.SECONDS).exitCode()).isZero();
    assertThat(ingest.pipelines().find("second").orElseThrow().state())
        .isEqualTo(PipelineState.STOPPED);
  }

  @Test
  void recordsThatNobodyCanReadStopTheirTopicAfterTheOnesBeforeUntilTheirLossIsAccepted()
      throws Exception {
    environment.createTopic("broken", 1, Map.of());
    environment.createTopic("whole", 1, Map.of());
    for (int batch = 0; batch < 3; batch++) {
      environment.send("broken", 0, 10);
    }
    environment.send("whole", 0, 10);
    long[] bad = breakBatchOf("broken", 15);
    ingest.register(ingest.source("broken", "broken"));
    ingest.register(ingest.source("whole", "whole"));
    String flag = "broken/0:%d-%d".formatted(bad[0], bad[1]);

    // What can be read is never left out, whatever is accepted.
    RunOutcome stopped = ingest.run("--accept-loss", "broken/0:0-3");

    assertThat(code(stopped)).contains(ErrorCode.KAFKA_RECORDS_UNREADABLE);
    assertThat(stopped.error().orElseThrow()).hasMessageContaining("--accept-loss " + flag);
    assertThat(ingest.account("broken", 0, 0).next()).isEqualTo(bad[0]);
    assertThat(ingest.account("broken", 0, 0).records()).isEqualTo(bad[0]);
    assertThat(ingest.account("whole", 0, 0).records()).isEqualTo(10);

    // A part of it may be accepted, as the error names it where the batch ended within.
    RunOutcome further =
        ingest.run("--accept-loss", "broken/0:%d-%d".formatted(bad[0], bad[0] + 2));
    assertThat(code(further)).contains(ErrorCode.KAFKA_RECORDS_UNREADABLE);
    assertThat(ingest.account("broken", 0, 0).next()).isEqualTo(bad[0] + 2);
    flag = "broken/0:%d-%d".formatted(bad[0] + 2, bad[1]);
    assertThat(further.error().orElseThrow()).hasMessageContaining("--accept-loss " + flag);

    assertThat(ingest.run("--accept-loss", flag).exitCode()).isZero();

    PartitionAccount account = ingest.account("broken", 0, 0);
    assertThat(account.next()).isEqualTo(30);
    assertThat(account.gaps()).isEqualTo(Map.of(GapKind.ACCEPTED_LOSS, bad[1] - bad[0]));
  }

  /** Spoils the batch that holds an offset of partition 0; its first offset, and that after it. */
  private long[] breakBatchOf(String topic, long offset) throws Exception {
    Path segment =
        environment
            .kafka()
            .log()
            .resolveSibling("data")
            .resolve(topic + "-0")
            .resolve("00000000000000000000.log");
    try (FileChannel file =
        FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer header = ByteBuffer.allocate(27);
      for (long at = 0; ; at += 12 + header.getInt(8)) {
        file.read(header.clear(), at);
        long first = header.getLong(0);
        long last = first + header.getInt(23);
        if (last >= offset) {
          file.write(ByteBuffer.wrap(new byte[] {(byte) 0xEE}), at + 12 + header.getInt(8) - 1);
          return new long[] {first, last + 1};
        }
      }
    }
  }

  @Test
  void aSourceThatNoLongerReadsOpenTransactionsWaitsForTheirEnd() throws Exception {
    environment.createTopic("opened", 1, Map.of());
    try (KafkaProducer<byte[], byte[]> producer =
        environment.producer(Map.of("transactional.id", "opened"))) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("opened", 0, null, "v".getBytes())).get();
      ingest.register(isolated("opened", Isolation.READ_UNCOMMITTED));
      assertThat(ingest.run().exitCode()).isZero();
      assertThat(ingest.account("opened", 0, 0).next()).isEqualTo(1);

      ingest.register(isolated("opened", Isolation.READ_COMMITTED));
      assertThat(ingest.run().error()).isEmpty();

      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("opened", 0, null, "w".getBytes())).get();
      producer.commitTransaction();
    }
    assertThat(ingest.run().exitCode()).isZero();
    assertThat(ingest.account("opened", 0, 0).records()).isEqualTo(2);
    assertThat(ingest.log("opened").entry(1).orElseThrow().isolation())
        .as("as the genesis says")
        .isEmpty();
    assertThat(ingest.log("opened").requireHead().isolation()).contains(Isolation.READ_COMMITTED);
  }

  private SourceSpec isolated(String name, Isolation isolation) {
    SourceSpec source = ingest.source(name, name);
    return new SourceSpec(
        name,
        source.bootstrapServers(),
        source.topics(),
        source.start(),
        isolation,
        Map.of(),
        source.archive(),
        null,
        Optional.empty(),
        null);
  }

  @Test
  void lostOffsetsStopTheSourceUntilExactlyThisLossIsAccepted() throws Exception {
    environment.createTopic("lossy", 2, Map.of());
    environment.send("lossy", 0, 100);
    environment.send("lossy", 1, 100);
    ingest.register(ingest.source("lossy", "lossy"));
    assertThat(ingest.run().exitCode()).isZero();
    environment.send("lossy", 0, 100);
    environment.send("lossy", 1, 50);
    environment
        .admin()
        .deleteRecords(Map.of(new TopicPartition("lossy", 0), RecordsToDelete.beforeOffset(150)))
        .all()
        .get();

    RunOutcome stopped = ingest.run();
    assertThat(stopped.exitCode()).isEqualTo(3);
    assertThat(code(stopped)).contains(ErrorCode.KAFKA_RETENTION_LOSS);
    assertThat(stopped.error().orElseThrow())
        .hasMessageContaining("partition 0 from 100 to 149")
        .hasMessageContaining("--accept-loss lossy/0:100-150");
    assertThat(ingest.run("--accept-loss", "lossy/0:110-150").exitCode()).isEqualTo(3);

    assertThat(ingest.run("--accept-loss", "lossy/0:100-150").exitCode()).isZero();

    PartitionAccount account = ingest.account("lossy", 0, 0);
    assertThat(account.next()).isEqualTo(200);
    assertThat(account.gaps()).isEqualTo(Map.of(GapKind.ACCEPTED_LOSS, 50L));
    assertThat(ingest.archived("lossy")).hasSize(300);
    long head = ingest.log("lossy").requireHead().sequence();
    assertThat(ingest.log("lossy").range(0, head))
        .anySatisfy(entry -> assertThat(entry.kind()).isEqualTo(EntryKind.ACCEPTED_LOSS));
  }

  @Test
  void aSourceThatFailsNeitherStopsNorSlowsTheOthers() throws Exception {
    environment.createTopic("sick", 1, Map.of());
    environment.createTopic("healthy", 1, Map.of());
    environment.send("sick", 0, 100);
    environment.send("healthy", 0, 10);
    ingest.register(ingest.source("sick", "sick"));
    ingest.register(ingest.source("healthy", "healthy"));
    assertThat(ingest.run().exitCode()).isZero();
    environment.send("sick", 0, 100);
    environment
        .admin()
        .deleteRecords(Map.of(new TopicPartition("sick", 0), RecordsToDelete.beforeOffset(150)))
        .all()
        .get();

    RunLoop loop = ingest.continuous();
    Future<RunOutcome> run = threads.submit(loop::run);
    await().atMost(Duration.ofSeconds(30)).until(() -> state("sick") == PipelineState.FAILED);
    environment.send("healthy", 0, 10);
    await().atMost(Duration.ofSeconds(30)).until(() -> watermark("healthy", 0) == 20);
    assertThat(state("healthy")).isEqualTo(PipelineState.RUNNING);
    loop.stop();

    assertThat(code(run.get(30, TimeUnit.SECONDS))).contains(ErrorCode.KAFKA_RETENTION_LOSS);
    assertExact("healthy");
  }

  private PipelineState state(String pipeline) {
    return ingest.pipelines().find(pipeline).map(p -> p.state()).orElse(PipelineState.STARTING);
  }

  @Test
  void anArchiveThatCannotBeWrittenIsFoundAmongTheTopicsOfABatch() throws Exception {
    environment.createTopic("unwritable", 1, Map.of());
    environment.createTopic("writable", 1, Map.of());
    ingest.register(ingest.source("unwritable", "unwritable"));
    ingest.register(ingest.source("writable", "writable"));
    assertThat(ingest.run().exitCode()).isZero();
    environment.send("unwritable", 0, 10);
    environment.send("writable", 0, 10);
    // Where today's folder of data files should be there is a file; the log is as it was.
    Path topic = folder.resolve("unwritable");
    for (int day = -1; day <= 1; day++) {
      Files.createFile(topic.resolve("date=" + LocalDate.now(ZoneOffset.UTC).plusDays(day)));
    }

    RunOutcome outcome = ingest.run();

    assertThat(outcome.exitCode()).isNotZero();
    assertThat(state("unwritable")).isEqualTo(PipelineState.FAILED);
    assertThat(state("writable")).isEqualTo(PipelineState.STOPPED);
    assertExact("writable");
  }

  @Test
  void aRecreatedTopicStopsTheSourceAndAfterAcceptanceGoesOnInANewIncarnation() throws Exception {
    for (int records : new int[] {30, 300}) {
      String topic = "recreated" + records;
      environment.createTopic(topic, 2, Map.of());
      environment.send(topic, 0, 100);
      environment.send(topic, 1, 7);
      IngestHarness harness = new IngestHarness(environment.newFolder("archive"));
      harness.register(harness.source("recreated", topic));
      assertThat(harness.run().exitCode()).isZero();
      List<String> before = harness.archived(topic);

      environment.admin().deleteTopics(Set.of(topic)).all().get();
      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(
              () -> {
                environment.createTopic(topic, 2, Map.of());
                return true;
              });
      environment.send(topic, 0, records);
      RunOutcome stopped = harness.run();
      assertThat(code(stopped)).contains(ErrorCode.TOPIC_RECREATED);
      String id =
          environment
              .admin()
              .describeTopics(Set.of(topic))
              .allTopicNames()
              .get()
              .get(topic)
              .topicId()
              .toString();
      String flag = topic + ":" + id;
      assertThat(stopped.error().orElseThrow())
          .hasMessageContaining("--accept-incarnation " + flag);
      assertSame(harness.archived(topic), before);

      // An id may begin with a dash, so the flag and its value are one word.
      assertThat(harness.run("--accept-incarnation=" + flag).exitCode()).isZero();

      List<String> all = new ArrayList<>(before);
      all.addAll(harness.inKafka(topic, 1));
      assertSame(harness.archived(topic), all);
      assertThat(harness.account(topic, 1, 0).next()).isEqualTo(records);
    }
  }

  @Test
  void aFirstStartAtAnOffsetATimeOrTheEndLeavesAGapBeforeIt() throws Exception {
    environment.createTopic("begun", 2, Map.of("retention.ms", "-1"));
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      records.add(new ProducerRecord<>("begun", 0, 1_000_000L + i, null, ("v" + i).getBytes()));
    }
    environment.send(records);
    Map<StartPosition, Long> starts =
        Map.of(
            new StartPosition.Latest(), 100L,
            new StartPosition.Timestamp(1_000_060), 60L,
            new StartPosition.Timestamp(2_000_000), 100L,
            new StartPosition.Offsets(Map.of("begun", Map.of(0, 17L))), 17L);
    for (Map.Entry<StartPosition, Long> start : starts.entrySet()) {
      IngestHarness harness = new IngestHarness(environment.newFolder("archive"));
      harness.register(
          harness.source("begun", start.getKey(), Map.of(), Optional.empty(), "begun"));
      assertThat(harness.run().exitCode()).isZero();
      PartitionAccount account = harness.account("begun", 0, 0);
      assertThat(account.next()).isEqualTo(100);
      assertThat(account.gaps()).isEqualTo(Map.of(GapKind.BEFORE_START, start.getValue()));
      assertThat(harness.account("begun", 0, 1).next()).isZero();
    }
  }

  @Test
  void theConsumerGroupFollowsTheManifestLog() throws Exception {
    environment.createTopic("grouped", 1, Map.of());
    environment.send("grouped", 0, 42);
    ingest.register(
        ingest.source(
            "grouped",
            new StartPosition.Earliest(),
            Map.of(),
            Optional.of("tributary-grouped"),
            "grouped"));

    assertThat(ingest.run().exitCode()).isZero();
    assertThat(grouped()).isEqualTo(42);

    // As if a run had died before its group followed: the next one, which finds nothing new, does.
    environment.admin().deleteConsumerGroups(List.of("tributary-grouped")).all().get();
    assertThat(ingest.run().exitCode()).isZero();
    assertThat(grouped()).isEqualTo(42);
  }

  private long grouped() throws Exception {
    return environment
        .admin()
        .listConsumerGroupOffsets("tributary-grouped")
        .partitionsToOffsetAndMetadata()
        .get()
        .get(new TopicPartition("grouped", 0))
        .offset();
  }

  @Test
  void itReadsThroughScramAndAWrongPasswordIsAClearErrorWithoutThePassword() throws Exception {
    environment.createTopic("secured", 1, Map.of());
    environment.send("secured", 0, 10);
    Map<String, String> options =
        new HashMap<>(environment.scramReferences(TestEnvironment.PASSWORD));
    options.put("bootstrap.servers", environment.kafka().scram().bootstrapServers());
    options.put("sasl.client.callback.handler.class", OwnCallbackHandler.class.getName());
    ingest.register(
        ingest.source(
            "secured", new StartPosition.Earliest(), options, Optional.empty(), "secured"));
    assertThat(ingest.run().exitCode()).isZero();
    assertThat(ingest.archived("secured")).hasSize(10);
    assertThat(OwnCallbackHandler.CLIENTS).containsExactlyInAnyOrder("admin", "consumer");

    options.putAll(environment.scramReferences("wrong-77c1e9"));
    options.put("bootstrap.servers", environment.kafka().scram().bootstrapServers());
    ingest.register(
        ingest.source(
            "secured", new StartPosition.Earliest(), options, Optional.empty(), "secured"));
    RunOutcome refused = ingest.run();

    assertThat(code(refused)).contains(ErrorCode.KAFKA_AUTHENTICATION);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.error().orElseThrow().getMessage())
        .contains("refused the credentials")
        .doesNotContain("wrong-77c1e9");
  }

  @Test
  void topicsOfAPatternAreFoundBeforeARunAndWhileOneGoesOn() throws Exception {
    environment.createTopic("sales.orders", 2, Map.of());
    environment.createTopic("salesmen", 1, Map.of());
    environment.send("sales.orders", 1, 20);
    ingest.register(ingest.pattern("sales", "sales[.].*"));
    assertThat(ingest.run().exitCode()).isZero();
    assertThat(ingest.archived("sales.orders")).hasSize(20);

    RunLoop loop = ingest.continuous("--topics.interval", "200ms");
    Future<RunOutcome> running = threads.submit(loop::run);
    environment.createTopic("sales.returns", 1, Map.of());
    environment.send("sales.returns", 0, 30);
    environment.send("sales.orders", 0, 5);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(ingest.log("sales.returns").head()).isPresent();
              assertThat(ingest.archived("sales.returns")).hasSize(30);
              assertThat(ingest.archived("sales.orders")).hasSize(25);
            });
    loop.stop();
    assertThat(running.get().exitCode()).isZero();
    assertExact("sales.returns");
    assertThat(ingest.metastore().source("sales").orElseThrow().spec().topics())
        .containsExactly("sales.orders", "sales.returns");
  }

  @Test
  void topicsThatATemplateRegistersAreArchivedAndOneThatItCannotIsToldAndStopsNothing()
      throws Exception {
    environment.createTopic("shop.a", 1, Map.of());
    environment.createTopic("shop-a", 1, Map.of());
    environment.send("shop.a", 0, 20);
    environment.send("shop-a", 0, 20);
    ObjectNode template = Json.mapper().createObjectNode().put("group", "shops");
    ingest.register(ingest.pattern("shops", "shop.*", template));
    RunOutcome outcome = ingest.run();
    assertThat(outcome.exitCode()).as("%s", outcome.error()).isZero();
    assertThat(ingest.archived("shop.a")).hasSize(20);
    assertThat(ingest.log("shop-a").head()).isEmpty();
    assertThat(ingest.metastore().source("shops").orElseThrow().spec().topics()).isEmpty();
    assertThat(ingest.pipelines().health()).isEqualTo(Health.OK);
    assertThat(ingest.pipelines().find("shops").orElseThrow().error())
        .map(TributaryException::getMessage)
        .contains(
            "Of the topics that the pattern of source 'shops' finds, 1 are not registered."
                + " shop-a: There is a source already.");
  }

  @Test
  void aPatternWhoseClusterIsAwayFailsItsRunAndNotOneOfAnother() throws Exception {
    environment.createTopic("here", 1, Map.of());
    environment.send("here", 0, 3);
    ingest.register(ingest.source("here", "here"));
    SourceSpec away = ingest.pattern("away", "x.*");
    ingest.register(
        new SourceSpec(
            "away",
            "127.0.0.1:1",
            null,
            away.topicPattern(),
            null,
            null,
            Map.of("default.api.timeout.ms", "500", "request.timeout.ms", "400"),
            away.archive(),
            null,
            null,
            null,
            null,
            null));
    RunOutcome outcome = ingest.run();
    assertThat(code(outcome)).contains(ErrorCode.KAFKA_UNAVAILABLE);
    assertThat(ingest.archived("here")).hasSize(3);
    assertThat(ingest.pipelines().health()).isEqualTo(Health.DEGRADED);
    assertThat(ingest.pipelines().find("away").orElseThrow().error())
        .map(TributaryException::code)
        .contains(ErrorCode.KAFKA_UNAVAILABLE);
  }

  @Test
  void aTopicThatIsNotThereIsAClearError() throws Exception {
    ingest.register(ingest.source("missing", "no-such-topic"));
    RunOutcome outcome = ingest.run();
    assertThat(code(outcome)).contains(ErrorCode.TOPIC_NOT_FOUND);
    assertThat(outcome.error().orElseThrow())
        .hasMessageContaining("no-such-topic")
        .hasMessageContaining("Create the topic, or correct the source.");
  }
}
