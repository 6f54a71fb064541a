package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.EntryKind;
import dev.tributary.archive.GapKind;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.PartitionAccount;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What Kafka does to a topic's history: retention, transactions, compaction, new partitions, a new
 * topic of the same name. One driver carries all the topics, so that what happens to one shows what
 * it does to the others.
 */
@Tag("long")
class KafkaHistoryIT {
  private static final String NOW = "available-now";

  /** A value that the oracle does not know. */
  private static final byte[] HIDDEN = bytes("{\"id\":\"hidden\",\"n\":-1,\"gone\":false}");

  @Test
  void everyTopicIsAccountedForWhateverHappensToItAndSickOnesLeaveTheOthersAlone()
      throws Exception {
    Pipeline growing = Pipeline.create("growing", 1).withAppendTable();
    Pipeline transactional = Pipeline.create("transactional", 3).withAppendTable();
    Pipeline overtaken = Pipeline.create("overtaken", 1).withAppendTable();
    Pipeline shorter = Pipeline.create("recreated_shorter", 1).withAppendTable();
    Pipeline longer = Pipeline.create("recreated_longer", 1).withAppendTable();
    Pipeline compacted = Pipeline.create("compacted", 1, compaction()).withAppendTable();
    List<Pipeline> sick = List.of(overtaken, shorter, longer);
    List<Pipeline> before = List.of(growing, transactional, overtaken, shorter, longer);
    List<Pipeline> all = Stream.concat(before.stream(), Stream.of(compacted)).toList();

    Stream.of(growing, overtaken, shorter, longer).forEach(pipeline -> pipeline.produce(100));
    produceToCompact(compacted);
    DriverRun driver = Pipeline.phase1(before, "--trigger", "300ms");
    before.forEach(pipeline -> pipeline.awaitArchiveExact(driver));
    grow(growing, 3);
    growing.produce(200);
    produceInTransactions(transactional);
    growing.awaitArchiveExact(driver);
    transactional.awaitArchiveExact(driver);
    stopsWithItsBatchInHand(driver, growing);

    grow(growing, 5);
    growing.produce(200);
    loseUnread(overtaken, 50);
    overtaken.produce(70);
    createAgain(shorter, 40);
    createAgain(longer, 300);
    awaitCompaction(compacted);
    rememberWhatIsLeft(compacted);
    Path result = growing.folder().resolve("result.json");
    DriverRun refused =
        Pipeline.phase1(all, "--trigger", NOW, "--result", result.toString()).expectExit(3);

    growing.assertArchiveExact();
    transactional.assertArchiveExact();
    assertThat(refused.log())
        .contains("kafka-retention-loss", "partition 0 from 100 to 149", "topic-recreated");
    JsonNode parts = DriverRun.result(result);
    assertThat(parts.path("outcome").asText()).isEqualTo("failed");
    assertThat(parts.path("exitCode").asInt()).isEqualTo(3);
    sick.forEach(
        pipeline -> assertThat(part(parts, pipeline).path("error").isMissingNode()).isFalse());
    JsonNode grown = part(parts, growing);
    assertThat(grown.path("state").asText()).isEqualTo("stopped");
    assertThat(grown.path("processed").asLong()).isEqualTo(200);
    assertThat(grown.path("firstOffsets").path(growing.name()).path("4").asLong(-1)).isZero();
    assertThat(grown.path("lastOffsets").path(growing.name()).path("4").asLong())
        .isEqualTo(accounts(growing).get(4).next() - 1);

    Pipeline.phase1(
            all,
            "--trigger",
            NOW,
            "--accept-loss",
            remedy(refused, "--accept-loss", overtaken),
            "--accept-incarnation=" + remedy(refused, "--accept-incarnation", shorter),
            "--accept-incarnation=" + remedy(refused, "--accept-incarnation", longer))
        .expectExit(0);
    all.forEach(Pipeline::assertArchiveExact);
    all.forEach(Pipeline::assertArchiveExactToPython);
    assertGaps(overtaken, GapKind.ACCEPTED_LOSS, 50);
    assertThat(overtaken.log().range(0, overtaken.log().requireHead().sequence()))
        .extracting(ManifestEntry::kind)
        .contains(EntryKind.ACCEPTED_LOSS);
    // 3 commits of 10 records and a marker, 2 aborts of 7 or 6 and a marker.
    assertThat(accounts(transactional))
        .extracting(PartitionAccount::records, PartitionAccount::next)
        .containsExactly(tuple(30L, 49L), tuple(30L, 49L), tuple(0L, 14L));
    assertThat(accounts(transactional))
        .allSatisfy(account -> assertThat(account.gaps()).containsOnlyKeys(GapKind.TRANSACTIONAL));
    assertThat(accounts(compacted).get(0).gaps()).containsOnlyKeys(GapKind.NOT_DELIVERED);
    assertThat(accounts(compacted).get(0).records()).isBetween(5L, 100L);
    assertThat(accounts(compacted).get(0).next()).isGreaterThan(200);

    Pipeline.phase2(all, "--trigger", NOW).expectExit(0);
    all.forEach(Pipeline::assertTablesExact);
    Pipeline.assertReconciled(all);
    all.forEach(KafkaHistoryIT::assertGroupFollows);
  }

  private static Map<String, String> compaction() {
    return Map.of(
        "cleanup.policy", "compact",
        "segment.ms", "100",
        "min.cleanable.dirty.ratio", "0.01",
        "max.compaction.lag.ms", "100",
        "min.compaction.lag.ms", "0");
  }

  /** Many events of few keys; the oracle cannot know which of them Kafka will keep. */
  private static void produceToCompact(Pipeline pipeline) {
    try (KafkaProducer<byte[], byte[]> producer = pipeline.producer(Map.of())) {
      for (int i = 0; i < 200; i++) {
        producer.send(
            new ProducerRecord<>(
                pipeline.name(),
                0,
                bytes("k" + i % 5),
                bytes("{\"id\":\"k%d\",\"n\":%d,\"gone\":false}".formatted(i % 5, i))));
      }
    }
  }

  private static void awaitCompaction(Pipeline pipeline) throws Exception {
    TopicPartition partition = new TopicPartition(pipeline.name(), 0);
    try (KafkaProducer<byte[], byte[]> producer = pipeline.producer(Map.of());
        CompactedReader reader = new CompactedReader()) {
      await()
          .atMost(Duration.ofSeconds(240))
          .pollInterval(Duration.ofMillis(500))
          .until(
              () -> {
                // A segment is compacted when a later one is written to.
                producer.send(new ProducerRecord<>(pipeline.name(), 0, bytes("k0"), HIDDEN)).get();
                return reader.records(partition).size() < 100;
              });
    }
  }

  /** From now on Kafka keeps what it has, and that is what the oracle wants. */
  private static void rememberWhatIsLeft(Pipeline pipeline) throws Exception {
    TopicPartition partition = new TopicPartition(pipeline.name(), 0);
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, pipeline.name());
    String never = Long.toString(Long.MAX_VALUE);
    try (AdminClient admin = pipeline.admin();
        CompactedReader reader = new CompactedReader()) {
      admin
          .incrementalAlterConfigs(Map.of(topic, List.of(set("max.compaction.lag.ms", never))))
          .all()
          .get();
      admin
          .incrementalAlterConfigs(Map.of(topic, List.of(set("min.compaction.lag.ms", never))))
          .all()
          .get();
      AtomicReference<List<Long>> seen = new AtomicReference<>(List.of());
      await("an end of the compaction")
          .atMost(Duration.ofSeconds(80))
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                List<Long> left =
                    reader.records(partition).stream().map(ConsumerRecord::offset).toList();
                return left.equals(seen.getAndSet(left));
              });
      reader.records(partition).forEach(left -> pipeline.remember(0, left));
    }
  }

  private static AlterConfigOp set(String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
  }

  /**
   * Committed records on partitions 0 and 1, aborted ones among them; partition 2 has aborted ones
   * alone. Each partition ends with a marker.
   */
  private static void produceInTransactions(Pipeline pipeline) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        pipeline.producer(Map.of("transactional.id", pipeline.name()))) {
      producer.initTransactions();
      for (int round = 0; round < 5; round++) {
        boolean commit = round % 2 == 0;
        producer.beginTransaction();
        for (int i = 0; i < 20; i++) {
          int partition = commit ? i % 2 : i % 3;
          byte[] value =
              commit ? bytes("{\"id\":\"t\",\"n\":%d,\"gone\":false}".formatted(i)) : HIDDEN;
          ProducerRecord<byte[], byte[]> record =
              new ProducerRecord<>(pipeline.name(), partition, null, value);
          RecordMetadata landed = producer.send(record).get();
          if (commit) {
            pipeline.remember(0, record, landed);
          }
        }
        if (commit) {
          producer.commitTransaction();
        } else {
          producer.abortTransaction();
        }
      }
    }
  }

  /** SIGTERM comes while a batch is written; the driver finishes it, and leaves with 0. */
  private static void stopsWithItsBatchInHand(DriverRun driver, Pipeline pipeline) {
    pipeline.order("archive.before-manifest", "stop");
    pipeline.produce(1);
    driver.awaitFault("archive.before-manifest");
    driver.askToStop();
    driver.resume();
    driver.expectExit(0);
    pipeline.assertArchiveExact();
  }

  private static void grow(Pipeline pipeline, int partitions) throws Exception {
    try (AdminClient admin = pipeline.admin()) {
      admin
          .createPartitions(Map.of(pipeline.name(), NewPartitions.increaseTo(partitions)))
          .all()
          .get();
      await()
          .atMost(Duration.ofSeconds(80))
          .until(
              () ->
                  admin
                          .describeTopics(List.of(pipeline.name()))
                          .allTopicNames()
                          .get()
                          .get(pipeline.name())
                          .partitions()
                          .size()
                      == partitions);
    }
    // The producer learns of new partitions by and by.
    await()
        .atMost(Duration.ofSeconds(80))
        .until(() -> pipeline.partitionsOfProducer() == partitions);
  }

  /** Records that Kafka deletes before anybody has read them. */
  private static void loseUnread(Pipeline pipeline, int records) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = pipeline.producer(Map.of())) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(pipeline.name(), 0, null, HIDDEN));
      }
    }
    try (AdminClient admin = pipeline.admin()) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(pipeline.name(), 0),
                  RecordsToDelete.beforeOffset(100 + records)))
          .all()
          .get();
    }
  }

  private static void createAgain(Pipeline pipeline, int records) throws Exception {
    try (AdminClient admin = pipeline.admin()) {
      admin.deleteTopics(List.of(pipeline.name())).all().get();
    }
    await()
        .atMost(Duration.ofSeconds(480))
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .untilAsserted(() -> pipeline.createTopic(1, Map.of()));
    pipeline.produceInto(1, records);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode part(JsonNode result, Pipeline pipeline) {
    for (JsonNode part : result.path("pipelines")) {
      if (part.path("pipeline").asText().equals(pipeline.name())) {
        return part;
      }
    }
    throw new AssertionError("No part of " + pipeline.name() + " in " + result);
  }

  private static List<PartitionAccount> accounts(Pipeline pipeline) {
    return pipeline.log().requireHead().partitions();
  }

  private static void assertGaps(Pipeline pipeline, GapKind kind, long offsets) {
    assertThat(accounts(pipeline).get(0).gaps()).isEqualTo(Map.of(kind, offsets));
  }

  /** What the lag tools that people have would see. */
  private static void assertGroupFollows(Pipeline pipeline) {
    try (AdminClient admin = pipeline.admin()) {
      var offsets =
          admin
              .listConsumerGroupOffsets(pipeline.consumerGroup())
              .partitionsToOffsetAndMetadata()
              .get();
      int incarnation = pipeline.log().requireHead().incarnation();
      for (PartitionAccount account : accounts(pipeline)) {
        if (account.incarnation() == incarnation) {
          assertThat(offsets.get(new TopicPartition(pipeline.name(), account.partition())).offset())
              .isEqualTo(account.next());
        }
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The value that an error's remedy gives to a flag for a topic. */
  private static String remedy(DriverRun run, String flag, Pipeline pipeline) {
    Matcher matcher =
        Pattern.compile(flag + "[ =](" + Pattern.quote(pipeline.name()) + "[:/][\\w:/-]*[\\w-])")
            .matcher(run.log());
    assertThat(matcher.find()).as("the remedy names %s: %s", flag, run.log()).isTrue();
    return matcher.group(1);
  }
}
