package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.local.servers.KafkaServer;
import dev.tributary.local.servers.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./tributary demo} on a broker and an S3 server that run already. */
@Tag("long")
class DemoOnGivenServersIT {
  private static final Path HOME = Path.of(System.getProperty("tributary.home"));
  private static final long EVENTS = 2_000;

  @TempDir Path folder;

  @Test
  void theDemoBalancesOnGivenServersLeavesThemRunningAndCanBeRunAgain() throws Exception {
    try (KafkaServer kafka = KafkaServer.in(folder.resolve("kafka")).start();
        S3Server s3 = S3Server.in(folder.resolve("s3")).start()) {
      s3.createBucket("lake");

      demo(kafka, s3);
      assertThat(runs(s3)).hasSize(1);
      assertHolds(kafka, s3, runs(s3));

      demo(kafka, s3);
      assertThat(runs(s3)).as("another run beside the first").hasSize(2);
      assertHolds(kafka, s3, runs(s3));
    }
  }

  /** Each run has its topics on the given broker, and its archive and tables in the bucket. */
  private void assertHolds(KafkaServer kafka, S3Server s3, Set<String> runs) throws Exception {
    assertThat(kafka.handle().isAlive()).as("the given broker runs").isTrue();
    assertThat(s3.handle().isAlive()).as("the given S3 server runs").isTrue();
    Map<String, Long> records = records(kafka);
    for (String run : runs) {
      Map<String, Long> own = new TreeMap<>(records);
      own.keySet().removeIf(topic -> !topic.startsWith(run + "-"));
      assertThat(own).containsOnlyKeys(run + "-flights", run + "-earthquakes", run + "-departures");
      assertThat(own.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(EVENTS);
      Path written = folder.resolve("s3/buckets/lake").resolve(run);
      for (String dataset : List.of("flights", "earthquakes", "departures")) {
        assertThat(written.resolve("raw").resolve(run + "-" + dataset).resolve("_log"))
            .isNotEmptyDirectory();
        assertThat(written.resolve("lake").resolve(dataset).resolve("_delta_log"))
            .isNotEmptyDirectory();
      }
    }
    assertThat(records).hasSize(3 * runs.size());
  }

  private void demo(KafkaServer kafka, S3Server s3) throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "demo-", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(
                HOME.resolve("tributary").toString(),
                "demo",
                "--events",
                Long.toString(EVENTS),
                "--data",
                folder.resolve("data").toString(),
                "--kafka",
                kafka.bootstrapServers(),
                "--s3-endpoint",
                s3.endpoint().toString(),
                "--bucket",
                "lake")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("TRIBUTARY_BUILD", "never");
    // What the help of --s3-endpoint asks for, and no more.
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().put("AWS_ACCESS_KEY_ID", s3.accessKey());
    builder.environment().put("AWS_SECRET_ACCESS_KEY", s3.secretKey());
    Process demo = builder.start();
    assertThat(demo.waitFor(20, TimeUnit.MINUTES)).as("it ended").isTrue();
    String output = Files.readString(log);
    assertThat(demo.exitValue()).as(output).isZero();
    assertThat(output)
        .contains("Starting the metastore on this machine; given: Kafka, S3")
        .contains("All accounts balance", "raw archive  s3a://lake/demo-")
        .contains("-departures, which stay on " + kafka.bootstrapServers());
    assertThat(output.split("BALANCED \\(every coordinate read\\)", -1)).hasSize(4);
    assertThat(folder.resolve("data/stack.json"))
        .as("nothing of its own is left up")
        .doesNotExist();
    assertThat(folder.resolve("data/kafka")).as("a broker of its own").doesNotExist();
    assertThat(folder.resolve("data/s3")).as("an S3 server of its own").doesNotExist();
  }

  /** The demos that wrote to the bucket. */
  private Set<String> runs(S3Server s3) throws IOException {
    assertThat(s3.handle().isAlive()).isTrue();
    try (Stream<Path> children = Files.list(folder.resolve("s3/buckets/lake"))) {
      return children
          .filter(Files::isDirectory)
          .map(child -> child.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** How many records each topic of the broker has. */
  private static Map<String, Long> records(KafkaServer kafka)
      throws InterruptedException, ExecutionException {
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", (Object) kafka.bootstrapServers()))) {
      Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
      for (TopicDescription topic :
          admin.describeTopics(admin.listTopics().names().get()).allTopicNames().get().values()) {
        topic
            .partitions()
            .forEach(
                each ->
                    asked.put(
                        new TopicPartition(topic.name(), each.partition()), OffsetSpec.latest()));
      }
      Map<String, Long> records = new TreeMap<>();
      for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end :
          admin.listOffsets(asked).all().get().entrySet()) {
        records.merge(end.getKey().topic(), end.getValue().offset(), Long::sum);
      }
      return records;
    }
  }
}
