package dev.tributary.archive.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.RandomJson;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LineFormatTest {
  private static final String START =
      "{\"topic\":\"t\",\"partition\":0,\"offset\":1,\"timestamp\":-1,\"timestampType\":\"NoTimestampType\"";

  private final LineEncoder encoder = new LineEncoder("t");
  private final LineDecoder decoder = new LineDecoder("t");

  @Test
  void aLineHasItsFieldsInTheOrderOfTheFormat() {
    encoder.begin(3, 9_000_000_000L, 1_763_712_000_123L, TimestampType.CREATE_TIME);
    encoder.key(utf8("k\"\u0001é"));
    encoder.header(utf8("h"), new byte[] {1, 2});
    encoder.headerWithoutValue(utf8("h"));
    encoder.value(utf8("{\r\n \"a\" : 1}\n"));
    encoder.end();

    assertThat(lines())
        .isEqualTo(
            """
            {"topic":"t","partition":3,"offset":9000000000,"timestamp":1763712000123,\
            "timestampType":"CreateTime","key":"k\\"\\u0001é","headers":[["h","AQI="],["h",null]],\
            "value":{   "a" : 1} ,"valueBreaks":[-2,2,12]}
            """);
  }

  @Test
  void aValueStandsAsJsonAsTextOrAsBase64() {
    assertThat(encoded(utf8("12.750"))).isEqualTo(START + ",\"value\":12.750}\n");
    assertThat(encoded(utf8(""))).isEqualTo(START + ",\"valueText\":\"\"}\n");
    assertThat(encoded(utf8("a\n\t\u001f\u007f\\")))
        .isEqualTo(START + ",\"valueText\":\"a\\n\\t\\u001f\u007f\\\\\"}\n");
    assertThat(encoded(new byte[] {-1})).isEqualTo(START + ",\"valueBase64\":\"/w==\"}\n");
    encoder.clear();
    encoder.begin(0, 1, -1, TimestampType.NONE);
    encoder.end();
    assertThat(lines()).isEqualTo(START + "}\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[1,2]",
        "[[1]]",
        "{\"valueBreaks\":[1]}",
        "[{\"a\":1,\"valueBreaks\":[1]}]",
        "[]",
        "\"x,\\\"valueBreaks\\\":[1]\"",
        "[\",\\\"valueBreaks\\\":[1\"]",
        "[0,-1,2]"
      })
  void aValueThatLooksLikeBreaksIsNotTakenForThem(String value) {
    byte[] line = utf8(START + ",\"value\":" + value + "}");

    assertThat(decoder.decode(line, 0, line.length).value()).isEqualTo(utf8(value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ,"value":}                               | a value
          ,"value":[ 1],"valueBreaks":[0]}         | the place of a line break before it
          ,"value":[ 1],"valueBreaks":[1,1]}       | the place of a line break before it
          ,"value":[ 1],"valueBreaks":[4]}         | the place of a line break before it
          ,"value":[ 1],"valueBreaks":[]}          | a line break
          ,"value":[ 1],"valueBreaks":[1,]}        | a line break
          ,"valueText":"a\\x"}                     | one of the escapes
          ,"valueText":"a" }                       | the end of the line
          ,"valueText":"a}                         | a closing quote
          ,"valueBase64":"a"}                      | base64 with padding
          ,"key":"a","other":1}                    | a key, headers or value
          ,"headers":[]}                           | the character [
          ,"value":1                               | a closing brace
          """)
  void whatTheFormatDoesNotAllowIsRefusedWithItsPosition(String rest, String expected) {
    byte[] line = utf8(START + rest.strip());

    assertThatThrownBy(() -> decoder.decode(line, 0, line.length).value())
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.ARCHIVE_CHECKSUM))
        .hasMessageContaining("expected " + expected)
        .hasMessageContaining("at byte ");
  }

  @Test
  void aLineOfAnotherTopicIsRefused() {
    byte[] line = utf8(START.replace("\"t\"", "\"u\"") + "}");

    assertThatThrownBy(() -> decoder.decode(line, 0, line.length))
        .hasMessageContaining("expected the topic of this archive at byte 0");
  }

  @Property(tries = 50_000)
  void aDamagedLineIsReadOrRefusedButNeverBreaksTheReader(@ForAll long seed) {
    Random random = new Random(seed);
    encoder.clear();
    TestRecord.random(random, 5).appendTo(encoder);
    byte[] whole = java.util.Arrays.copyOf(encoder.buffer(), encoder.length() - 1);
    byte[] line = RandomJson.mutated(random, whole);
    try {
      TestRecord.of(decoder.decode(line, 0, line.length));
    } catch (TributaryException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.ARCHIVE_CHECKSUM);
    }
  }

  @Test
  void theGreatestNumbersComeBack() {
    encoder.begin(Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, TimestampType.LOG_APPEND_TIME);
    encoder.end();

    LineView line = decoder.decode(encoder.buffer(), 0, encoder.length() - 1);

    assertThat(line.partition()).isEqualTo(Integer.MAX_VALUE);
    assertThat(line.offset()).isEqualTo(Long.MAX_VALUE);
    assertThat(line.timestamp()).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void aRecordOutOfOrderIsADefectOfTheCaller() {
    encoder.begin(0, 1, -1, TimestampType.NONE);
    encoder.value(utf8("1"));

    assertThatIllegalStateException().isThrownBy(() -> encoder.key(utf8("k")));
    assertThatIllegalStateException().isThrownBy(() -> encoder.value(utf8("1")));
    assertThatIllegalStateException().isThrownBy(() -> encoder.begin(0, 2, -1, TimestampType.NONE));
    encoder.clear();
    assertThatIllegalStateException().isThrownBy(encoder::end);
  }

  private String encoded(byte[] value) {
    encoder.clear();
    encoder.begin(0, 1, -1, TimestampType.NONE);
    encoder.value(value);
    encoder.end();
    return lines();
  }

  private String lines() {
    return new String(encoder.buffer(), 0, encoder.length(), StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
