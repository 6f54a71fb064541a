package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class KafkaConnectionTest {
  private static KafkaConnection to(String servers) {
    return new KafkaConnection(servers, new TreeMap<>(Map.of("sasl.jaas.config", "env:PASSWORD")));
  }

  @Test
  void twoClustersWhoseAddressesHaveTheSameHashHaveTwoNames() {
    KafkaConnection one = to("broker-ao:9092");
    KafkaConnection other = to("broker-c1:9092");
    assertThat(one.bootstrapServers()).hasSameHashCodeAs(other.bootstrapServers());

    assertThat(one.label()).isNotEqualTo(other.label()).matches("kafka-[0-9a-f]{16}");
    assertThat(to("broker-ao:9092").label()).isEqualTo(one.label());
  }
}
