package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import org.junit.jupiter.api.Test;

final class OrdersTest {
  private static final long EVENTS = 20_000;

  private final Orders orders = new Orders(EVENTS);

  @Test
  void anEventHasAbout258BytesAndExactlyTheDeclaredColumns() throws Exception {
    long bytes = 0;
    for (long event = 0; event < EVENTS; event++) {
      bytes += orders.value(event, 0).length;
    }
    assertThat((double) bytes / EVENTS).isBetween(250.0, 266.0);
    assertThat(orders.meanBytes(EVENTS)).isCloseTo((double) bytes / EVENTS, within(1.0));
    JsonNode json = Json.mapper().readTree(orders.value(17, 0));
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactlyElementsOf(Orders.COLUMNS.stream().map(ColumnSpec::name).toList());
  }

  @Test
  void aboutAsManyOrdersAreHitAsTwoMillionEventsHitOfHalfAMillion() {
    assertThat(orders.keys(EVENTS)).isBetween(4_850L, 4_950L);
  }

  @Test
  void theSecondRoundIsOfTheSameOrdersAndLater() throws Exception {
    JsonNode first = Json.mapper().readTree(orders.value(17, 0));
    JsonNode second = Json.mapper().readTree(orders.value(17, EVENTS));
    assertThat(second.get("order_id")).isEqualTo(first.get("order_id"));
    assertThat(second.get("updated_at").asText()).isGreaterThan(first.get("updated_at").asText());
    assertThat(new Orders(EVENTS).value(17, EVENTS)).isEqualTo(orders.value(17, EVENTS));
  }

  @Test
  void roundsAreNumberedOn() {
    NumberedEvents rounds = orders.repeated(EVENTS);
    assertThat(rounds.value(17)).isEqualTo(orders.value(17, 0));
    assertThat(rounds.value(EVENTS + 17)).isEqualTo(orders.value(17, EVENTS));
    assertThat(rounds.value(2 * EVENTS + 17)).isEqualTo(orders.value(17, 2 * EVENTS));
    assertThat(rounds.key(EVENTS + 17)).isEqualTo(rounds.key(17));
    assertThat(rounds.timestamp(EVENTS + 17)).isEqualTo(rounds.timestamp(17));
  }
}
