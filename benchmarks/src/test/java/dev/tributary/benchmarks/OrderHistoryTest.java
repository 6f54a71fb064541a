package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class OrderHistoryTest {
  private static final int BATCHES = 4;

  private final OrderHistory history = new OrderHistory(8_000, 800);

  @Test
  void theTableIsFilledWithEachOrderOnceAndADayHasAsManyAsABatchHasKeys() throws Exception {
    Set<Long> ids = new HashSet<>();
    Map<String, Integer> days = new TreeMap<>();
    Instant before = Instant.MIN;
    for (long event = 0; event < history.rows(); event++) {
      JsonNode json = json(history, event);
      Instant created = Instant.parse(json.get("created_at").asText());
      assertThat(created).isAfter(before).isEqualTo(json.get("updated_at").asText());
      assertThat(history.timestamp(event)).isEqualTo(created.toEpochMilli());
      ids.add(json.get("order_id").asLong());
      days.merge(day(created.toString()), 1, Integer::sum);
      before = created;
    }
    assertThat(ids).hasSize(8_000);
    assertThat(days).hasSize(10).containsKeys("2025-12-22", "2025-12-31");
    assertThat(days.values()).containsOnly(800);
    assertThat(json(history, 17).fieldNames())
        .toIterable()
        .containsExactlyElementsOf(Orders.COLUMNS.stream().map(ColumnSpec::name).toList());
  }

  @Test
  void aBatchChangesNineInTenKeysOfTheLastDaysAndAddsOneInTen() throws Exception {
    Map<Long, Instant> updated = new HashMap<>();
    for (long event = 0; event < history.rows(); event++) {
      JsonNode json = json(history, event);
      updated.put(json.get("order_id").asLong(), Instant.parse(json.get("updated_at").asText()));
    }
    List<Set<Long>> batches = new ArrayList<>();
    for (int batch = 0; batch < BATCHES; batch++) {
      Map<Long, Instant> changed = new HashMap<>();
      Set<String> days = new HashSet<>();
      int added = 0;
      for (long event = history.end(batch); event < history.end(batch + 1); event++) {
        JsonNode json = json(history, event);
        long id = json.get("order_id").asLong();
        Instant time = Instant.parse(json.get("updated_at").asText());
        assertThat(changed.put(id, time)).as("twice in a batch: %d", id).isNull();
        assertThat(updated.getOrDefault(id, Instant.MIN)).isBefore(time);
        assertThat(new String(history.key(event))).isEqualTo(Long.toString(id));
        added += updated.containsKey(id) ? 0 : 1;
        days.add(day(json.get("created_at").asText()));
      }
      assertThat(changed).hasSize(800);
      assertThat(added).isEqualTo(80);
      assertThat(days)
          .containsExactlyInAnyOrder("2025-12-29", "2025-12-30", "2025-12-31", "2026-01-01");
      updated.putAll(changed);
      batches.add(changed.keySet());
    }
    assertThat(batches).doesNotHaveDuplicates();
    assertThat(history.changed().read()).isEqualTo(800);
    assertThat(history.changed().inserted()).isEqualTo(80);
    assertThat(history.changed().updated()).isEqualTo(720);
    assertThat(history.filled().inserted()).isEqualTo(8_000);
  }

  @Test
  void theBatchesOfALargerTableAreOfTheSameDays() throws Exception {
    OrderHistory larger = new OrderHistory(40_000, 800);
    for (long event = 0; event < 800; event++) {
      assertThat(json(larger, larger.rows() + event).get("created_at"))
          .isEqualTo(json(history, history.rows() + event).get("created_at"));
    }
    assertThat(Instant.parse(json(larger, 0).get("created_at").asText()))
        .isEqualTo(
            Instant.parse(json(history, 0).get("created_at").asText()).minus(Duration.ofDays(40)));
  }

  @Test
  void whatDoesNotComeOutEvenIsRefused() {
    assertThatThrownBy(() -> new OrderHistory(8_000, 100))
        .hasMessage(
            "A batch of 100 keys cannot be dealt out evenly. Give a multiple of 80 with"
                + " --growth.keys.");
    assertThatThrownBy(() -> new OrderHistory(8_080, 800))
        .hasMessage(
            "A table of 8080 rows cannot be filled in batches of 4000. Give multiples of that with"
                + " --growth.rows, or another number with --growth.keys.");
  }

  private static JsonNode json(OrderHistory history, long event) throws IOException {
    return Json.mapper().readTree(history.value(event));
  }

  private static String day(String time) {
    return time.substring(0, 10);
  }
}
