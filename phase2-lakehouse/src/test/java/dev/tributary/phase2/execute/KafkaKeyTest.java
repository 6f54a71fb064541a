package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class KafkaKeyTest {
  @Test
  void aFieldStandsAtTheTopOrUnderThePayload() {
    assertThat(KafkaKey.field("{\"id\":4711}", List.of("id"))).isEqualTo("4711");
    assertThat(KafkaKey.field(" {\"ID\":\"x\"}", List.of("id"))).isEqualTo("x");
    assertThat(
            KafkaKey.field(
                "{\"schema\":{\"id\":1},\"payload\":{\"shop\":7,\"id\":4711}}", List.of("id")))
        .isEqualTo("4711");
    assertThat(KafkaKey.field("{\"who\":1,\"id\":2}", List.of("who", "id"))).isEqualTo("1");
  }

  @Test
  void whatIsNoObjectOrLacksTheFieldSaysNothing() {
    for (String key : List.of("4711", "", "{", "[1]", "{} x", "{\"id\":null}", "{\"other\":1}")) {
      assertThat(KafkaKey.field(key, List.of("id"))).as(key).isNull();
    }
    assertThat(KafkaKey.field(null, List.of("id"))).isNull();
    assertThat(KafkaKey.isObject(null)).isFalse();
    assertThat(KafkaKey.isObject("{\"other\":1}")).isTrue();
    assertThat(KafkaKey.isObject("{")).isFalse();
  }
}
