package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.infer.ValueTypes;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.step.Steps;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

final class FieldDriftTest {
  private static final String SCHEMA =
      ",\"checks\":{\"jsonSchema\":{\"schema\":{\"properties\":{\"id\":{\"minimum\":0}}},\"policy\":\"%s\"}}";

  /** What a task finds, as the driver gets it. */
  private static FieldDrift drift(String more, String... values) {
    DatasetSpec spec =
        Json.read(
            """
            {"name":"a","source":"a","target":{"path":"s3a://lake/a"},"unknownFields":"evolve",
             "columns":[{"name":"id","type":"int","nullable":false},{"name":"n","type":"int"},
                        {"name":"s","type":"struct<x:int>"}]%s}
            """
                .formatted(more)
                .getBytes(StandardCharsets.UTF_8),
            DatasetSpec.class);
    List<Row> envelopes = new ArrayList<>();
    for (String value : values) {
      byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
      envelopes.add(RowFactory.create("a", 0, 0, (long) envelopes.size(), null, bytes));
    }
    Iterator<String> found =
        new DriftPartitions(new Steps(List.of(), List.of()), spec).call(envelopes.iterator());
    return Json.read(found.next().getBytes(StandardCharsets.UTF_8), FieldDrift.class);
  }

  private static Map<String, String> types(Map<String, ValueTypes> fields) {
    Map<String, String> types = new TreeMap<>();
    fields.forEach((name, values) -> types.put(name, values.type().orElse("none")));
    return types;
  }

  @Test
  void topLevelFieldsOfRecordsThatDecodeAreFoundAndOthersOnceTheirColumnsAreWider() {
    FieldDrift drift =
        drift(
            "",
            "{\"id\":1,\"a\":1,\"s\":{\"x\":1,\"y\":2},\"dot.ted\":1,\"none\":null}",
            null,
            "no json",
            "{\"a\":2.5,\"b\":true}",
            "{\"id\":2,\"n\":1.5,\"c\":\"x\"}",
            "{\"id\":\"bad\",\"n\":1.5,\"d\":1}",
            "{\"id\":3,\"s\":{\"x\":\"bad\"},\"e\":1}");
    assertThat(types(drift.unknown()))
        .isEqualTo(Map.of("a", "double", "b", "boolean", "none", "none"));
    assertThat(drift.unfit().keySet()).containsExactly("id", "n");
    assertThat(drift.unfit().get("n").values().widened("int")).contains("double");
    assertThat(types(drift.unknown(Set.of("n"))))
        .isEqualTo(Map.of("a", "double", "b", "boolean", "c", "string", "none", "none"));
    FieldDrift other = drift("", "{\"id\":1,\"a\":\"text\"}", "{\"id\":2,\"n\":12345678901}");
    FieldDrift both = drift.plus(other);
    assertThat(types(both.unknown())).containsEntry("a", "string").containsEntry("b", "boolean");
    assertThat(both.unfit().get("n").values().widened("int")).contains("double");
  }

  @Test
  void recordsThatTheJsonSchemaKeepsFromBecomingRowsBringNothing() {
    String[] values = {"{\"id\":-1,\"a\":1}", "{\"id\":1,\"b\":1}", "{\"id\":"};
    for (String policy : List.of("quarantine", "drop")) {
      assertThat(drift(SCHEMA.formatted(policy), values).unknown())
          .as(policy)
          .containsOnlyKeys("b");
    }
    assertThat(drift(SCHEMA.formatted("warn"), values).unknown()).containsOnlyKeys("a", "b");
  }
}
