package dev.tributary.core.jsonschema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.JsonSchemaSpec;
import dev.tributary.core.spec.SchemaMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class MessageSchemaTest {
  private static final String DRAFT_7 = "\"$schema\":\"http://json-schema.org/draft-07/schema#\"";
  private static final String DRAFT_2020_12 =
      "\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"";
  private static final String FORTY = "1234567890123456789012345678901234567890";

  @Test
  void aViolationNamesPlaceAndKeywordAndWithoutValueOnlyTheSchemasOwnWords() {
    MessageSchema schema =
        schema(
            "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"string\"},"
                + "\"lines\":{\"items\":{\"properties\":{\"price\":{\"minimum\":0}}}}},"
                + "\"additionalProperties\":{\"maxLength\":3}}",
            SchemaMode.LENIENT);
    assertThat(violation(schema, "{\"id\":\"a\",\"lines\":[{\"price\":0}],\"x\":\"abc\"}"))
        .isEmpty();
    SchemaViolation price =
        violation(schema, "{\"id\":\"a\",\"lines\":[{\"price\":1},{\"price\":-7.25}]}")
            .orElseThrow();
    assertThat(price.message())
        .startsWith("The value does not meet the JSON Schema at /lines/1/price, minimum: ")
        .doesNotContain("7.25");
    assertThat(price.withoutValue())
        .isEqualTo(
            "The value does not meet the JSON Schema's keyword"
                + " /properties/lines/items/properties/price/minimum.");
    assertThat(violation(schema, "{\"id\":\"a\",\"4711\":\"secret\"}").orElseThrow().withoutValue())
        .doesNotContain("4711")
        .doesNotContain("secret")
        .endsWith("/additionalProperties/maxLength.");
    assertThat(violation(schema, "{\"lines\":[]}").orElseThrow().message())
        .contains("at its root, required: ")
        .contains("id");
  }

  @Test
  void numbersAreComparedWithAllTheirDigitsAndByValueWhateverTheirForm() {
    String next = FORTY.substring(0, 39) + "1";
    String schema =
        "{\"properties\":{\"most\":{\"type\":\"integer\",\"maximum\":%s},\"tenth\":{\"multipleOf\":0.01},\"tens\":{\"multipleOf\":10},\"one\":{\"const\":1},\"few\":{\"enum\":[[1,{\"a\":2}],3]},\"set\":{\"uniqueItems\":true},\"count\":{\"type\":\"integer\"},\"small\":{\"exclusiveMinimum\":0.1}}}"
            .formatted(FORTY);
    MessageSchema compiled = schema(schema, SchemaMode.LENIENT);
    for (String good :
        new String[] {
          "\"most\":" + FORTY,
          "\"most\":-" + FORTY + FORTY,
          "\"tenth\":" + FORTY + ".07",
          "\"tens\":" + FORTY,
          "\"one\":1.000",
          "\"one\":10e-1",
          "\"few\":[1.0,{\"a\":2.0}]",
          "\"few\":3.0",
          "\"set\":[" + FORTY + "," + next + "]",
          "\"count\":1.0",
          "\"count\":" + FORTY,
          "\"count\":5E3",
          "\"small\":0." + "1".repeat(40)
        }) {
      assertThat(violation(compiled, "{" + good + "}")).as(good).isEmpty();
    }
    for (String bad :
        new String[] {
          "\"most\":" + next,
          "\"most\":" + FORTY + "0",
          "\"tenth\":" + FORTY + ".071",
          "\"tens\":" + next,
          "\"one\":1." + "0".repeat(39) + "1",
          "\"few\":[1.0,{\"a\":2.1}]",
          "\"set\":[" + FORTY + "," + FORTY + ".0]",
          "\"count\":" + FORTY + ".5",
          "\"small\":0.1" + "0".repeat(40),
          "\"count\":1e1000000000",
          "\"tens\":1e-1000000000",
          "\"count\":1e99999999999"
        }) {
      assertThat(violation(compiled, "{" + bad + "}")).as(bad).isPresent();
    }
  }

  @Test
  void theDraftsDifferWhereTheySayAndFormatsAreCheckedInBoth() {
    String tuple =
        "{%s,\"properties\":{\"pair\":{\"%s\":[{\"type\":\"string\"},{\"type\":\"number\"}]}}}";
    assertThat(
            violation(
                schema(tuple.formatted(DRAFT_7, "items"), SchemaMode.LENIENT), "{\"pair\":[1]}"))
        .isPresent();
    assertThat(
            violation(
                schema(tuple.formatted(DRAFT_2020_12, "prefixItems"), SchemaMode.LENIENT),
                "{\"pair\":[\"a\",\"b\"]}"))
        .isPresent();
    String beside =
        "{%s,\"$ref\":\"#/definitions/t\",\"maxLength\":1,\"definitions\":{\"t\":{\"type\":\"string\"}}}";
    assertThat(violation(schema(beside.formatted(DRAFT_7), SchemaMode.LENIENT), "\"ab\""))
        .isEmpty();
    assertThat(violation(schema(beside.formatted(DRAFT_2020_12), SchemaMode.LENIENT), "\"ab\""))
        .isPresent();
    for (String draft : new String[] {DRAFT_7, DRAFT_2020_12}) {
      MessageSchema formats =
          schema(
              "{%s,\"properties\":{\"at\":{\"format\":\"date-time\"},\"id\":{\"format\":\"uuid\"},\"mail\":{\"format\":\"email\"},\"host\":{\"format\":\"hostname\"},\"free\":{\"format\":\"uri-template\"}}}"
                  .formatted(draft),
              SchemaMode.LENIENT);
      assertThat(
              violation(
                  formats,
                  "{\"at\":\"2024-02-29T12:00:00.5+02:00\",\"id\":\"4a6f1b2c-0000-4000-8000-000000000000\",\"mail\":\"a@b.example\",\"host\":\"b.example\",\"free\":\"{{{\"}"))
          .isEmpty();
      for (String bad :
          new String[] {
            "\"at\":\"2023-02-29T12:00:00Z\"",
            "\"id\":\"4a6f\"",
            "\"mail\":\"a b\"",
            "\"host\":\"" + "a.".repeat(100_000) + "a\""
          }) {
        assertThat(violation(formats, "{" + bad + "}")).as(draft + bad.substring(0, 8)).isPresent();
      }
    }
  }

  @Test
  void strictClosesWhatIsDescribedWhereverItStandsAndNothingElse() {
    String order =
        "{%s,\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"string\"},"
            + "\"free\":{\"type\":\"object\"},\"open\":{\"properties\":{\"a\":{}},\"additionalProperties\":true},"
            + "\"lines\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/line\"}},"
            + "\"party\":{\"allOf\":[{\"$ref\":\"#/definitions/party\"},{\"properties\":{\"vat\":{}}}]},"
            + "\"pay\":{\"oneOf\":[{\"required\":[\"iban\"],\"properties\":{\"iban\":{}}},{\"required\":[\"card\"],\"properties\":{\"card\":{}}}]},"
            + "\"kind\":{\"properties\":{\"n\":{}},\"if\":{\"required\":[\"n\"]},\"then\":{\"properties\":{\"more\":{}}}}},"
            + "\"patternProperties\":{\"^x-\":{}},"
            + "\"definitions\":{\"line\":{\"properties\":{\"sku\":{},\"sub\":{\"items\":{\"$ref\":\"#/definitions/line\"}}}},"
            + "\"party\":{\"properties\":{\"name\":{},\"geo\":{\"properties\":{\"lat\":{}}}}}}}";
    for (String draft : new String[] {DRAFT_7, DRAFT_2020_12}) {
      MessageSchema strict = schema(order.formatted(draft), SchemaMode.STRICT);
      MessageSchema lenient = schema(order.formatted(draft), SchemaMode.LENIENT);
      for (String good :
          new String[] {
            "\"x-y\":1",
            "\"free\":{\"any\":1}",
            "\"open\":{\"a\":1,\"b\":2}",
            "\"lines\":[{\"sku\":1,\"sub\":[{\"sku\":2}]}]",
            "\"party\":{\"name\":1,\"vat\":2,\"geo\":{\"lat\":1}}",
            "\"pay\":{\"iban\":1}",
            "\"kind\":{\"n\":1,\"more\":2}"
          }) {
        assertThat(violation(strict, "{\"id\":\"a\"," + good + "}")).as(draft + good).isEmpty();
      }
      for (String bad :
          new String[] {
            "\"y\":1",
            "\"lines\":[{\"sku\":1,\"y\":1}]",
            "\"lines\":[{\"sub\":[{\"sub\":[{\"y\":1}]}]}]",
            "\"party\":{\"name\":1,\"y\":2}",
            "\"party\":{\"geo\":{\"y\":2}}",
            "\"pay\":{\"iban\":1,\"y\":1}",
            "\"kind\":{\"more\":2}"
          }) {
        String record = "{\"id\":\"a\"," + bad + "}";
        assertThat(violation(strict, record)).as(draft + bad).isPresent();
        assertThat(violation(lenient, record)).as(draft + bad).isEmpty();
      }
      assertThat(violation(strict, "{\"id\":\"a\",\"y\":1}").orElseThrow().message())
          .endsWith("the field 'y' is not described.");
    }
    MessageSchema referring =
        schema(
            "{%s,\"$ref\":\"#/definitions/a\",\"definitions\":{\"a\":{\"properties\":{\"b\":{}}}}}"
                .formatted(DRAFT_7),
            SchemaMode.STRICT);
    assertThat(violation(referring, "{\"b\":1}")).isEmpty();
    assertThat(violation(referring, "{\"c\":1}")).isPresent();
  }

  @Test
  void aBrokenSchemaIsRefusedWithThePointerToWhatIsWrong() {
    String nested = "{\"a\":".repeat(120) + "1" + "}".repeat(120);
    for (String[] wrong :
        new String[][] {
          {"{\"type\":\"objekt\"}", "/type", "no JSON Schema"},
          {
            "{\"properties\":{\"a/b\":{\"minLength\":-1}}}", "/properties/a~1b/minLength", "minimum"
          },
          {"{\"required\":\"id\"}", "/required", "array"},
          {"{\"properties\":[]}", "/properties", "object"},
          {"{" + DRAFT_7 + ",\"items\":3}", "/items", "draft-07"},
          {"{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}", "/$schema", "draft-04"},
          {"{\"$ref\":\"https://example.com/order.json\"}", "/$ref", "nothing is fetched"},
          {"{\"items\":{\"$ref\":\"#/$defs/none\"}}", "/items/$ref", "#/$defs/none"},
          {"{\"items\":{\"$ref\":\"file:///etc/passwd\"}}", "/items/$ref", "no schema in this"},
          {"{\"allOf\":[{\"$ref\":\"#\"}]}", "/allOf/0/$ref", "leads back to itself"},
          {"{\"$defs\":{\"a\":{\"$id\":\"http://b/\"}}}", "/$defs/a/$id", "$id"},
          {"{\"items\":{\"$dynamicRef\":\"#a\"}}", "/items/$dynamicRef", "not supported"},
          {"{\"properties\":{\"a\":{\"pattern\":\"(\"}}}", "/properties/a/pattern", "missing"},
          {"{\"pattern\":\"^(?!x)\"}", "/pattern", "no look-around"},
          {"{\"pattern\":\"((a{999}){999}){999}\"}", "/pattern", "multiply"},
          {"{\"patternProperties\":{\"(a)\\\\1\":{}}}", "/patternProperties/(a)\\1", "RE2"},
          {"{\"$defs\":" + nested + "}", "", "deeper than 100"},
          {"{\"maximum\":1e2000}", "/maximum", "beyond"},
          {laughs(), "", "combines more than 10,000"}
        }) {
      assertThatThrownBy(() -> MessageSchema.requireValid(spec(wrong[0], SchemaMode.STRICT)))
          .as(wrong[0])
          .isInstanceOfSatisfying(
              TributaryException.class,
              error -> {
                assertThat(error.code()).isEqualTo(ErrorCode.SPEC_INVALID);
                assertThat(error.pointer().orElseThrow())
                    .startsWith("/checks/jsonSchema/schema" + wrong[1]);
              })
          .hasMessageContaining(wrong[2]);
    }
  }

  /** Each definition applies the one before it ten times over. */
  private static String laughs() {
    StringBuilder definitions = new StringBuilder("\"a0\":{\"type\":\"object\"}");
    for (int i = 1; i <= 9; i++) {
      String below = "{\"$ref\":\"#/$defs/a" + (i - 1) + "\"}";
      definitions.append(
          ",\"a%d\":{\"allOf\":[%s%s]}".formatted(i, (below + ",").repeat(9), below));
    }
    return "{\"$ref\":\"#/$defs/a9\",\"$defs\":{" + definitions + "}}";
  }

  @Test
  @Timeout(120)
  void noTextAndNoNestingKeepsACheckBusyOrBreaksIt() throws InterruptedException {
    MessageSchema slow =
        schema(
            "{\"properties\":{\"a\":{\"pattern\":\"^(([a-z])+.)+[A-Z]([a-z])+$\"}}}",
            SchemaMode.STRICT);
    assertThat(violation(slow, "{\"a\":\"" + "a".repeat(100_000) + "\"}")).isPresent();
    MessageSchema tree =
        schema(
            "{\"type\":\"object\",\"allOf\":[{\"properties\":{\"a\":{\"$ref\":\"#\"},\"b\":{\"anyOf\":[{\"$ref\":\"#\"}]}}}]}",
            SchemaMode.STRICT);
    String deep = "{\"b\":".repeat(199) + "%s" + "}".repeat(199);
    String deeper = "{\"a\":".repeat(201) + "{}" + "}".repeat(201);
    Thread small =
        new Thread(
            null,
            () -> {
              assertThat(violation(tree, deep.formatted("{}"))).isEmpty();
              assertThat(violation(tree, deep.formatted("1"))).isPresent();
            },
            "small stack",
            1 << 20);
    Throwable[] failed = new Throwable[1];
    small.setUncaughtExceptionHandler((thread, e) -> failed[0] = e);
    small.start();
    small.join(Duration.ofSeconds(50).toMillis());
    assertThat(failed[0]).isNull();
    assertThat(violation(tree, deeper).orElseThrow().message()).contains("deeper than 200");
  }

  @Test
  void ofTwoFieldsOfOneNameTheLastCountsAndFieldsOfTheFormatAreLeftAside() {
    MessageSchema schema =
        schema("{\"properties\":{\"a\":{\"type\":\"string\"}}}", SchemaMode.STRICT);
    assertThat(violation(schema, "{\"a\":1,\"a\":\"b\"}")).isEmpty();
    assertThat(violation(schema, "{\"a\":\"b\",\"a\":1}")).isPresent();
    byte[] event = "{\"a\":\"b\",\"_op\":\"c\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(schema.violation(event, Set.of())).isPresent();
    assertThat(schema.violation(event, Set.of("_op"))).isEmpty();
  }

  private static Optional<SchemaViolation> violation(MessageSchema schema, String json) {
    return schema.violation(json.getBytes(StandardCharsets.UTF_8), Set.of());
  }

  private static MessageSchema schema(String json, SchemaMode mode) {
    MessageSchema.requireValid(spec(json, mode));
    return MessageSchema.of(spec(json, mode));
  }

  private static JsonSchemaSpec spec(String json, SchemaMode mode) {
    return Json.read(
        "{\"schema\":%s,\"mode\":\"%s\",\"policy\":\"%s\"}"
            .formatted(
                json, mode.name().toLowerCase(java.util.Locale.ROOT), CheckPolicy.DROP.text())
            .getBytes(StandardCharsets.UTF_8),
        JsonSchemaSpec.class);
  }
}
