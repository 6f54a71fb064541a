package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.PartitionAccount;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What Kafka does to a topic's history: retention, transactions, new partitions, a new topic. */
class KafkaHistoryIT {
  private static final String NOW = "available-now";

  @Test
  void retentionThatOvertookStopsTheSourceUntilItsOwnWordIsGivenBack() throws Exception {
    Pipeline pipeline = Pipeline.create("retention", 1);
    pipeline.produce(100);
    pipeline.phase1("--trigger", NOW).expectExit(0);
    pipeline.assertArchiveExact();
    KafkaTrash.produceUnseen(pipeline, 50);
    try (AdminClient admin = pipeline.admin()) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition(pipeline.name(), 0), RecordsToDelete.beforeOffset(150)))
          .all()
          .get();
    }
    pipeline.produce(70);

    DriverRun refused = pipeline.phase1("--trigger", NOW).expectExit(3);
    assertThat(refused.log()).contains("kafka-retention-loss", pipeline.name(), "100", "150");
    String remedy = flag(refused.log(), "--accept-loss");
    pipeline.phase1("--trigger", NOW, "--accept-loss", remedy).expectExit(0);

    pipeline.assertArchiveExact();
    assertThat(accounts(pipeline).get(0).gaps().toString()).contains("50");
  }

  @Test
  void transactionsLeaveGapsOfTheirKindAndTheAccountsBalance() throws Exception {
    Pipeline pipeline = Pipeline.create("transactions", 2);
    try (KafkaProducer<byte[], byte[]> producer =
        pipeline.producer(Map.of("transactional.id", pipeline.name()))) {
      producer.initTransactions();
      for (int round = 0; round < 6; round++) {
        boolean commit = round % 2 == 0;
        producer.beginTransaction();
        for (int i = 0; i < 20; i++) {
          // Partition 1 has aborted records alone, and each partition ends with a marker.
          int partition = commit ? 0 : 1;
          byte[] value = "{\"n\":%d}".formatted(i).getBytes(StandardCharsets.UTF_8);
          var landed =
              producer.send(new ProducerRecord<>(pipeline.name(), partition, null, value)).get();
          if (commit) {
            pipeline.remember(0, landed, value);
          }
        }
        if (commit) {
          producer.commitTransaction();
        } else {
          producer.abortTransaction();
        }
      }
    }
    pipeline.catchUp();

    pipeline.assertArchiveExact();
    pipeline.assertTableExact();
    for (PartitionAccount account : accounts(pipeline)) {
      assertThat(account.gaps()).containsOnlyKeys(dev.tributary.archive.GapKind.TRANSACTIONAL);
    }
    assertThat(accounts(pipeline).stream().mapToLong(PartitionAccount::next).toArray())
        .containsExactly(63, 63);
  }

  @Test
  void partitionsAddedWhileItRunsAndWhileItIsDownAreRead() throws Exception {
    Pipeline pipeline = Pipeline.create("partitions", 1);
    pipeline.produce(50);
    DriverRun driver = pipeline.phase1("--trigger", "500ms", "--discovery-interval", "1s");
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(pipeline::assertArchiveExact);
    grow(pipeline, 3);
    pipeline.produce(200, Map.of("metadata.max.age.ms", "100"));
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(pipeline::assertArchiveExact);
    assertThat(driver.terminate()).as(driver.log()).isZero();

    grow(pipeline, 5);
    pipeline.produce(200, Map.of("metadata.max.age.ms", "100"));
    pipeline.phase1("--trigger", NOW).expectExit(0);
    pipeline.assertArchiveExact();
  }

  @Tag("long")
  @Test
  void aRecreatedTopicStopsTheSourceAndGoesOnInANewIncarnationOnceAccepted() throws Exception {
    // With fewer records than before, and with more.
    for (int records : List.of(40, 300)) {
      Pipeline pipeline = Pipeline.create("recreated", 1);
      pipeline.produce(100);
      pipeline.phase1("--trigger", NOW).expectExit(0);
      try (AdminClient admin = pipeline.admin()) {
        admin.deleteTopics(List.of(pipeline.name())).all().get();
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> !admin.listTopics().names().get().contains(pipeline.name()));
      }
      pipeline.createTopic(1, Map.of());
      KafkaTrash.produceInto(pipeline, 1, records);

      DriverRun refused = pipeline.phase1("--trigger", NOW).expectExit(3);
      assertThat(refused.log()).contains("topic-recreated");
      String remedy = flag(refused.log(), "--accept-incarnation");
      pipeline.phase1("--trigger", NOW, "--accept-incarnation", remedy).expectExit(0);
      pipeline.assertArchiveExact();
      if (records == 300) {
        pipeline.phase2("--trigger", NOW).expectExit(0);
        pipeline.assertTableExact();
      }
    }
  }

  private static void grow(Pipeline pipeline, int partitions) throws Exception {
    try (AdminClient admin = pipeline.admin()) {
      admin
          .createPartitions(Map.of(pipeline.name(), NewPartitions.increaseTo(partitions)))
          .all()
          .get();
    }
  }

  private static List<PartitionAccount> accounts(Pipeline pipeline) {
    return ManifestLog.open(pipeline.archive(), pipeline.name(), DeliveryStack.shared().hadoop())
        .requireHead()
        .partitions();
  }

  /** The value that an error's remedy gives to a flag. */
  private static String flag(String log, String name) {
    Matcher matcher = Pattern.compile(name + " ([^\\s'\"]+[^\\s'\".,:])").matcher(log);
    assertThat(matcher.find()).as("the remedy names %s: %s", name, log).isTrue();
    return matcher.group(1);
  }
}
