package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.GapKind;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.PartitionAccount;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.StartPosition;
import dev.tributary.local.servers.KafkaServer;
import dev.tributary.streaming.RunOutcome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A broker that loses its newest records, as after an election of a leader that lacked them or the
 * loss of what a disk had not written, and gets more than it lost before anybody looks.
 */
@Tag("long")
@Timeout(180)
final class TruncatedTopicIT {
  private static final String TOPIC = "truncated";

  private final TestEnvironment environment = TestEnvironment.get();

  private static void send(KafkaServer kafka, int partition, int count, String word) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers(), "linger.ms", "50"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < count; i++) {
        producer.send(new ProducerRecord<>(TOPIC, partition, null, (word + i).getBytes()));
      }
      producer.flush();
    }
  }

  private static Path segment(KafkaServer kafka) {
    return kafka
        .log()
        .resolveSibling("data")
        .resolve(TOPIC + "-0")
        .resolve("00000000000000000000.log");
  }

  private static void restartWith(KafkaServer kafka, long bytes) throws IOException {
    kafka.kill();
    try (FileChannel file = FileChannel.open(segment(kafka), StandardOpenOption.WRITE)) {
      file.truncate(bytes);
    }
    kafka.start();
  }

  private static Optional<ErrorCode> code(RunOutcome outcome) {
    return outcome.error().map(TributaryException::code);
  }

  @Test
  void recordsThatTookThePlaceOfArchivedOnesStopTheSourceUntilTheLossIsAccepted() throws Exception {
    try (KafkaServer kafka = KafkaServer.in(environment.newFolder("truncated")).start();
        Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin.createTopics(Set.of(new NewTopic(TOPIC, 2, (short) 1))).all().get(60, TimeUnit.SECONDS);
      IngestHarness ingest = new IngestHarness(environment.newFolder("archive"));
      ingest.register(
          ingest.source(
              TOPIC,
              new StartPosition.Earliest(),
              Map.of("bootstrap.servers", kafka.bootstrapServers()),
              Optional.empty(),
              TOPIC));
      send(kafka, 0, 10, "kept");
      assertThat(ingest.run().exitCode()).isZero();
      int first = ingest.account(TOPIC, 0, 0).leaderEpoch().orElseThrow();

      // A broker that comes back with all that it had is another leader, and nothing else.
      long bytes = Files.size(segment(kafka));
      restartWith(kafka, bytes);
      send(kafka, 0, 10, "lost");
      send(kafka, 1, 10, "other");
      assertThat(ingest.run().exitCode()).isZero();
      PartitionAccount before = ingest.account(TOPIC, 0, 0);
      assertThat(before.next()).isEqualTo(20);
      assertThat(before.leaderEpoch().orElseThrow()).isGreaterThan(first);
      List<String> archived = ingest.archived(TOPIC);

      restartWith(kafka, bytes);
      send(kafka, 0, 15, "new");
      send(kafka, 1, 1, "more");

      RunOutcome stopped = ingest.run("--accept-loss", TOPIC + "/0:11-20");

      assertThat(code(stopped)).contains(ErrorCode.KAFKA_TRUNCATED);
      assertThat(stopped.error().orElseThrow())
          .hasMessageContaining("partition 0 from 10 to 19.")
          .hasMessageContaining("--accept-loss truncated/0:10-20.");
      assertThat(ingest.archived(TOPIC)).containsExactlyInAnyOrderElementsOf(archived);

      assertThat(ingest.run("--accept-loss", TOPIC + "/0:10-20").exitCode()).isZero();
      assertThat(ingest.run().exitCode()).isZero();

      ManifestEntry head = ingest.log(TOPIC).requireHead();
      assertThat(head.incarnation()).isEqualTo(1);
      PartitionAccount now = ingest.account(TOPIC, 1, 0);
      assertThat(now.next()).isEqualTo(25);
      assertThat(now.gaps()).isEqualTo(Map.of(GapKind.BEFORE_START, 10L));
      assertThat(ingest.account(TOPIC, 1, 1).gaps()).isEqualTo(Map.of(GapKind.BEFORE_START, 10L));
      List<String> expected = new ArrayList<>(archived);
      ArchiveContent.ofKafka(kafka.bootstrapServers(), TOPIC, 1).stream()
          .filter(record -> Long.parseLong(record.split("[/ ]")[2]) >= 10)
          .forEach(expected::add);
      assertThat(ingest.archived(TOPIC))
          .containsExactlyInAnyOrderElementsOf(expected)
          .hasSize(30 + 15 + 1);
    }
  }

  @Test
  void aLeaderThatLacksAnEpochLacksItsRecordsHoweverManyItHasOfTheOneBefore() throws Exception {
    Path whole = environment.newFolder("whole");
    try (KafkaServer kafka = KafkaServer.in(environment.newFolder("elected")).start();
        Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
      admin.createTopics(Set.of(new NewTopic(TOPIC, 1, (short) 1))).all().get(60, TimeUnit.SECONDS);
      IngestHarness ingest = new IngestHarness(environment.newFolder("archive"));
      ingest.register(
          ingest.source(
              TOPIC,
              new StartPosition.Earliest(),
              Map.of("bootstrap.servers", kafka.bootstrapServers()),
              Optional.empty(),
              TOPIC));
      send(kafka, 0, 10, "kept");
      assertThat(ingest.run().exitCode()).isZero();
      int first = ingest.account(TOPIC, 0, 0).recordEpoch().orElseThrow();
      long bytes = Files.size(segment(kafka));
      send(kafka, 0, 10, "unseen");

      // A leader that lacks the newest is elected, and writes others.
      kafka.kill();
      copyFiles(segment(kafka).getParent(), whole);
      try (FileChannel file = FileChannel.open(segment(kafka), StandardOpenOption.WRITE)) {
        file.truncate(bytes);
      }
      kafka.start();
      send(kafka, 0, 5, "lost");
      assertThat(ingest.run().exitCode()).isZero();
      PartitionAccount before = ingest.account(TOPIC, 0, 0);
      assertThat(before.next()).isEqualTo(15);
      assertThat(before.recordEpoch()).isEqualTo(before.leaderEpoch());
      assertThat(before.recordEpoch().orElseThrow()).isGreaterThan(first);
      List<String> archived = ingest.archived(TOPIC);

      // The one before it comes back.
      kafka.kill();
      copyFiles(whole, segment(kafka).getParent());
      kafka.start();
      RunOutcome stopped = ingest.run();

      assertThat(code(stopped)).contains(ErrorCode.KAFKA_TRUNCATED);
      assertThat(stopped.error().orElseThrow())
          .hasMessageContaining("partition 0 from 10 to 14.")
          .hasMessageContaining("--accept-loss truncated/0:10-15.");
      assertThat(ingest.archived(TOPIC)).containsExactlyInAnyOrderElementsOf(archived);

      assertThat(ingest.run("--accept-loss", TOPIC + "/0:10-15").exitCode()).isZero();
      List<String> expected = new ArrayList<>(archived);
      ArchiveContent.ofKafka(kafka.bootstrapServers(), TOPIC, 1).stream()
          .filter(record -> Long.parseLong(record.split("[/ ]")[2]) >= 10)
          .forEach(expected::add);
      assertThat(ingest.archived(TOPIC))
          .containsExactlyInAnyOrderElementsOf(expected)
          .hasSize(15 + 10);
      assertThat(ingest.account(TOPIC, 1, 0).recordEpoch()).hasValue(first);
      assertThat(ingest.run().exitCode()).isZero();
    }
  }

  /** In place of those that are there. */
  private static void copyFiles(Path from, Path to) throws IOException {
    for (Path old : files(to)) {
      Files.delete(old);
    }
    for (Path file : files(from)) {
      Files.copy(file, to.resolve(file.getFileName()));
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
