package dev.tributary.archive.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.RandomJson;
import dev.tributary.archive.StrictJackson;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValidatorTest {
  private final JsonValidator validator = new JsonValidator();

  @Property(tries = 20_000)
  void everyRandomDocumentIsValid(@ForAll long seed) {
    byte[] document = RandomJson.document(new Random(seed)).getBytes(StandardCharsets.UTF_8);

    assertThat(validator.isValid(document, 0, document.length))
        .as(new String(document, StandardCharsets.UTF_8))
        .isTrue();
  }

  @Property(tries = 100_000)
  void aMutatedDocumentIsValidExactlyIfJacksonTakesIt(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] mutated =
        RandomJson.mutated(random, RandomJson.document(random).getBytes(StandardCharsets.UTF_8));

    assertThat(validator.isValid(mutated, 0, mutated.length))
        .as(new String(mutated, StandardCharsets.UTF_8))
        .isEqualTo(StrictJackson.parse(mutated).isPresent());
  }

  @Property(tries = 50_000)
  void bytesAreUtf8ExactlyIfTheJdkDecodesThem(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes =
        RandomJson.mutated(
            random, "aé日😀\u007f\u0080\uffff".repeat(2).getBytes(StandardCharsets.UTF_8));

    assertThat(Utf8.isValid(bytes, 0, bytes.length))
        .isEqualTo(StrictJackson.text(bytes).isPresent());
  }

  @Test
  void everySequenceOfTwoAndThreeBytesIsUtf8ExactlyIfTheJdkDecodesIt() {
    for (int sequence = 0; sequence < 1 << 16; sequence++) {
      byte[] two = {(byte) (sequence >> 8), (byte) sequence};
      byte[] four = {
        (byte) (0xe0 + (sequence >> 12)),
        (byte) (sequence >> 4),
        (byte) (0x80 | sequence & 15),
        (byte) 0xbf
      };
      assertThat(Utf8.isValid(two, 0, 2)).isEqualTo(StrictJackson.text(two).isPresent());
      assertThat(Utf8.isValid(four, 0, 4)).isEqualTo(StrictJackson.text(four).isPresent());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{1:2}",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "NaN",
        "nul",
        "truex",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\t\"",
        "'a'",
        "[1]2",
        "\u000b1",
        "\ufeff1",
        "[1}",
        "{\"a\":1]",
        "// c\n1"
      })
  void whatRfc8259DoesNotAllowIsRefused(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

    assertThat(validator.isValid(bytes, 0, bytes.length)).isFalse();
  }

  @Test
  void theBoundsAreAsDocumented() {
    assertThat(isValid("[".repeat(500) + "]".repeat(500))).isTrue();
    assertThat(isValid("[".repeat(501) + "]".repeat(501))).isFalse();
    assertThat(isValid("1".repeat(500))).isTrue();
    assertThat(isValid("1".repeat(501))).isFalse();
    assertThat(isValid("{\"" + "n".repeat(10_000) + "\":1}")).isTrue();
    assertThat(isValid("{\"" + "n".repeat(10_001) + "\":1}")).isFalse();
  }

  @Test
  void lineBreaksBetweenTokensAreListedInOrder() {
    assertThat(isValid("\r\n[\n1 ,\r 2]\n")).isTrue();
    assertThat(IntStream.range(0, validator.breakCount()).map(validator::breakAt))
        .containsExactly(~0, 1, 3, ~7, 11);
  }

  private boolean isValid(String text) {
    byte[] bytes = ("xx" + text + "xx").getBytes(StandardCharsets.UTF_8);
    return validator.isValid(bytes, 2, bytes.length - 4);
  }
}
