package dev.tributary.cli.propose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ProposalTest {
  private static final String TOPIC = "shop.Orders";
  private static final Cluster CLUSTER = Cluster.named("b:9092", "bootstrap-servers, flag");

  private static ConsumerRecord<byte[], byte[]> record(long offset, String key, String value) {
    return new ConsumerRecord<>(
        TOPIC,
        0,
        offset,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        value == null ? null : value.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aProposalHasTheColumnsThatFitEveryMessage() throws Exception {
    String yaml =
        new Proposal(TOPIC)
            .see(
                List.of(
                    record(0, "a", "{\"id\":1,\"price\":2,\"at\":\"2026-01-01T00:00:00Z\"}"),
                    record(1, "a", "{\"id\":2,\"price\":2.5,\"who\":{\"name\":null}}"),
                    record(2, "b", "no json"),
                    record(3, "b", null)))
            .yaml(CLUSTER, "s3a://raw/a", "s3a://lake");
    assertThat(yaml).contains("4 records of shop.Orders: 2 JSON objects, 1 others, 1 tombstones");
    assertThat(yaml).contains("# Read from Kafka at b:9092: bootstrap-servers, flag.");
    assertThat(yaml).contains("mode: upsert");
    JsonNode dataset = Json.yaml().readTree(yaml).at("/datasets/shop_orders");
    assertThat(dataset.at("/source/topic").asText()).isEqualTo(TOPIC);
    assertThat(dataset.at("/target/path").asText()).isEqualTo("s3a://lake/shop_orders");
    assertThat(dataset.path("columns").findValuesAsText("type"))
        .containsExactly("bigint", "double", "timestamp", "struct<name:string>");
  }

  @Test
  void whatIsProposedIsWhatTheMetastoreTakesHoweverFieldsAndTopicAreCalled() throws Exception {
    String message = "{\"id\":1,\"ID\":\"a\",\"_offset\":7,\"Id\":true,\"id_2\":2.5}";
    String topic = "2026-" + "x".repeat(80);
    String yaml =
        new Proposal(topic)
            .see(List.of(record(0, null, message)))
            .yaml(CLUSTER, "s3a://raw/a", "s3a://lake");
    Map.Entry<String, JsonNode> proposed =
        Json.yaml().readTree(yaml).path("datasets").properties().iterator().next();
    ObjectNode document = (ObjectNode) proposed.getValue();
    document.put("name", proposed.getKey()).put("source", "any");
    DatasetSpec dataset = Json.read(document, DatasetSpec.class);
    assertThat(dataset.name()).startsWith("topic_2026_xxx").hasSize(63);
    assertThat(dataset.columns())
        .extracting(column -> column.name() + " " + column.path().orElse("-"))
        .containsExactly("id -", "ID_2 ID", "_offset_2 _offset", "Id_3 Id", "id_2_2 id_2");
  }

  @Test
  void theSourceThatKeepsTheTopicIsNamedAndWhatReachesItsClusterIsProposed() throws Exception {
    Map<String, String> options = Map.of("sasl.jaas.config", "env:JAAS");
    assertThat(
            source(new Cluster("env:BROKERS", options, "that of shop", Optional.of("shop")))
                .asText())
        .isEqualTo("shop");
    JsonNode inline =
        source(new Cluster("env:BROKERS", options, "that of all sources", Optional.empty()));
    assertThat(inline.path("bootstrapServers").asText()).isEqualTo("env:BROKERS");
    assertThat(inline.at("/kafkaOptions/sasl.jaas.config").asText()).isEqualTo("env:JAAS");
  }

  private static JsonNode source(Cluster cluster) throws Exception {
    String yaml =
        new Proposal(TOPIC)
            .see(List.of(record(0, null, "{\"id\":1}")))
            .yaml(cluster, "s3a://raw/a", "s3a://lake");
    return Json.yaml().readTree(yaml).at("/datasets/shop_orders/source");
  }

  @Test
  void nothingIsProposedWhereNoMessageIsAnObject() {
    Proposal proposal = new Proposal(TOPIC).see(List.of(record(0, null, "[1]")));
    assertThatThrownBy(() -> proposal.yaml(CLUSTER, "s3a://raw/a", "s3a://lake"))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("Of 1 records of the topic 'shop.Orders' none is a JSON object");
  }

  @Test
  void theNewestRecordsOfEachPartitionAreTheSample() {
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    try (MockConsumer<byte[], byte[]> consumer = new MockConsumer<>(OffsetResetStrategy.EARLIEST)) {
      consumer.updatePartitions(
          TOPIC, List.of(new PartitionInfo(TOPIC, 0, Node.noNode(), new Node[0], new Node[0])));
      consumer.updateBeginningOffsets(Map.of(partition, 0L));
      consumer.updateEndOffsets(Map.of(partition, 10L));
      consumer.schedulePollTask(
          () -> {
            for (long offset = 0; offset < 10; offset++) {
              consumer.addRecord(record(offset, null, "{}"));
            }
          });
      assertThat(TopicSample.of(consumer, TOPIC, 4, Duration.ofSeconds(5), Clock.systemUTC()))
          .extracting(ConsumerRecord::offset)
          .containsExactly(6L, 7L, 8L, 9L);
    }
  }
}
