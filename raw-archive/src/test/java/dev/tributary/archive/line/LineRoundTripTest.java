package dev.tributary.archive.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.StrictJackson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class LineRoundTripTest {
  private static final String TOPIC = "orders.v-1_x";

  private final LineEncoder encoder = new LineEncoder(TOPIC);
  private final LineDecoder decoder = new LineDecoder(TOPIC);

  @Property(tries = 120_000)
  void anyRecordComesBackExactlyFromALineOfJson(@ForAll long seed) throws IOException {
    TestRecord record = TestRecord.random(new Random(seed), new Random(seed).nextInt(10_000));

    byte[] line = encode(record);

    assertThat(line).doesNotContain('\n', '\r');
    assertThat(TestRecord.of(decoder.decode(line, 0, line.length))).isEqualTo(record);
    showsItself(record, StrictJackson.parse(line).orElseThrow());
  }

  @Test
  void valuesOfFiveMegabytesComeBackExactly() throws IOException {
    Random random = new Random(7);
    byte[] noise = new byte[5 << 20];
    random.nextBytes(noise);
    String pretty = "[\r\n" + "  {\"a\": \"text\", \"b\": 12.50},\n".repeat(160_000) + "null]";
    String numbers = "[" + "1,".repeat(2_500_000) + "2]";
    String escapes = "\"\u0001\n".repeat(1_700_000);
    for (byte[] value : List.of(noise, utf8(pretty), utf8(numbers), utf8(escapes))) {
      TestRecord record = TestRecord.of(value);

      byte[] line = encode(record);

      assertThat(line.length).isGreaterThan(4_500_000);
      assertThat(TestRecord.of(decoder.decode(line, 0, line.length))).isEqualTo(record);
      showsItself(record, StrictJackson.parse(line).orElseThrow());
    }
  }

  private byte[] encode(TestRecord record) {
    encoder.clear();
    record.appendTo(encoder);
    byte[] buffer = encoder.buffer();
    assertThat(buffer[encoder.length() - 1]).isEqualTo((byte) '\n');
    return java.util.Arrays.copyOf(buffer, encoder.length() - 1);
  }

  private static void showsItself(TestRecord record, JsonNode line) throws IOException {
    List<String> fields =
        new ArrayList<>(List.of("topic", "partition", "offset", "timestamp", "timestampType"));
    assertThat(line.get("topic").textValue()).isEqualTo(TOPIC);
    assertThat(line.get("partition").intValue()).isEqualTo(record.partition());
    assertThat(line.get("offset").longValue()).isEqualTo(record.offset());
    assertThat(line.get("timestamp").longValue()).isEqualTo(record.timestamp());
    assertThat(line.get("timestampType").textValue()).isEqualTo(record.type().label());
    if (record.key().isPresent()) {
      fields.add(showsText(line, "key", "keyBase64", record.key().get()));
    }
    if (!record.headers().isEmpty()) {
      fields.add("headers");
      JsonNode headers = line.get("headers");
      assertThat(headers).hasSameSizeAs(record.headers());
      for (int index = 0; index < headers.size(); index++) {
        TestRecord.Header header = record.headers().get(index);
        assertThat(headers.get(index).get(0).textValue()).isEqualTo(header.name());
        assertThat(headers.get(index).get(1).isNull()).isEqualTo(header.value().isEmpty());
      }
    }
    if (record.value().isPresent()) {
      byte[] value = record.value().get();
      Optional<JsonNode> json = StrictJackson.parse(value);
      if (line.has("value")) {
        fields.add("value");
        assertThat(line.get("value")).isEqualTo(json.orElseThrow());
        if (line.has("valueBreaks")) {
          fields.add("valueBreaks");
        }
      } else {
        fields.add(showsText(line, "valueText", "valueBase64", value));
        assertThat(json.isEmpty() || isBeyondTheBounds(value)).isTrue();
      }
    }
    assertThat(line.fieldNames()).toIterable().containsExactlyElementsOf(fields);
  }

  private static boolean isBeyondTheBounds(byte[] value) {
    String text = new String(value, StandardCharsets.UTF_8);
    return text.contains("9".repeat(500))
        || text.contains("[".repeat(500))
        || text.contains("{\"a\":".repeat(495));
  }

  private static String showsText(JsonNode line, String textField, String base64Field, byte[] bytes)
      throws IOException {
    Optional<String> text = StrictJackson.text(bytes);
    if (text.isPresent()) {
      assertThat(line.get(textField).textValue()).isEqualTo(text.get());
      return textField;
    }
    assertThat(line.get(base64Field).textValue())
        .isEqualTo(Base64.getEncoder().encodeToString(bytes));
    return base64Field;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
