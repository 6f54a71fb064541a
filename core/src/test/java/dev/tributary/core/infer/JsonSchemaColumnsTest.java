package dev.tributary.core.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class JsonSchemaColumnsTest {
  /** Each of so many levels refers so many times to the next. */
  private static ObjectNode schema(int levels, int times) {
    ObjectNode schema = Json.mapper().createObjectNode();
    ObjectNode definitions = schema.putObject("$defs");
    for (int level = 0; level < levels; level++) {
      ObjectNode properties = definitions.putObject("l" + level).putObject("properties");
      for (int i = 0; i < times; i++) {
        ObjectNode property = properties.putObject("p" + i);
        if (level + 1 < levels) {
          property.put("$ref", "#/$defs/l" + (level + 1));
        } else {
          property.put("type", "string");
        }
      }
    }
    schema.put("$ref", "#/$defs/l0");
    return schema;
  }

  @Test
  @Timeout(10)
  void aSmallSchemaThatDescribesMoreThanFitsInMemoryIsRefused() {
    assertThatThrownBy(() -> JsonSchemaColumns.of(schema(12, 10)))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("more than 10,000 fields");
    assertThat(JsonSchemaColumns.of(schema(3, 10))).hasSize(10);
  }
}
