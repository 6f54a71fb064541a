package dev.tributary.archive.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.RandomJson;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UnknownFieldsTest {
  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Object[] into = new Object[8];

  /** Columns with the paths that they are read from, a document, and what of it is unknown. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a int | {"a":1}                           | ``
          a int | {}                                | ``
          a int | {"a":1,"x":1.50,"y":{"z":[1, 2]}} | {"x":1.50,"y":{"z":[1, 2]}}
          a int | { "x" : 12345678901234567890123.000 , "a" : 1, "y":-1e-999 } | {"x":12345678901234567890123.000,"y":-1e-999}
          a int | {"x":null,"y":"","z":{},"v":[]}   | {"x":null,"y":"","z":{},"v":[]}
          a int | {"A":1,"a":2}                     | {"A":1}
          a int | {"\\u0061":1,"\\u0062":"\\ud83d\\ude00\\n\\"}"} | {"\\u0062":"\\ud83d\\ude00\\n\\"}"}
          a int | {"\\ud800":1,"":2,"é":3}          | {"\\ud800":1,"":2,"é":3}
          a int | {"x":1,"a":1,"x":2}               | {"x":1,"x":2}
          a.b int | {"a.b":1,"a":{"b":2}}           | {"a":{"b":2}}
          raw string | {"raw":{"x":1}}              | ``
          s struct<a:int> | {"s":null}              | ``
          s struct<a:int> | {"s":{}}                | ``
          s struct<> | {"s":{"x":1}}                | {"s":{"x":1}}
          s struct<a:int,t:struct<b:int>> | {"s":{"a":1,"x":2,"t":{"b":1,"y":3}},"t":4} | {"s":{"x":2,"t":{"y":3}},"t":4}
          s struct<a:int> | {"s":{"x":2},"s":{"a":1}} | {"s":{"x":2}}
          s struct<a:int> | {"s":[1],"s":{"a":1}}   | ``
          r array<struct<a:int>> | {"r":[{"a":1},{"a":2,"x":3},null,{"x":4},{}]} | {"r":[null,{"x":3},null,{"x":4}]}
          r array<struct<a:int>> | {"r":[{"a":1},null,{}]} | ``
          r array<struct<a:int>> | {"r":{"k":1},"r":[]} | ``
          r array<array<struct<a:int>>> | {"r":[[],[{"a":1},{"x":2}],[{}]]} | {"r":[null,[null,{"x":2}]]}
          m map<string,struct<a:int>> | {"m":{"k":{"a":1,"x":2},"l":{"a":1},"n":null}} | {"m":{"k":{"x":2}}}
          m map<string,array<string>>; r array<array<int>> | {"m":{"k":[{"x":1}]},"r":[[1]]} | ``
          mag double@p.mag | {"p":{"mag":1,"x":2,"d":{"mag":3}},"mag":4} | {"p":{"x":2,"d":{"mag":3}},"mag":4}
          mag double@p.mag | {"p":null}             | ``
          mag double@p.mag | {"p":{"x":1,"mag":1},"p":{"mag":2,"y":3}} | {"p":{"x":1},"p":{"y":3}}
          mag double@p.mag; raw string@p | {"p":{"mag":1,"x":2}} | ``
          s struct<a:int>@p; b int@p.b; c int@p.b | {"p":{"a":1,"b":2,"c":3}} | {"p":{"c":3}}
          s struct<a:struct<b:int>>@p; m map<string,struct<c:int>>@p | {"p":{"a":{"b":1,"c":2,"d":3},"x":{"c":1,"b":2}}} | {"p":{"a":{"d":3},"x":{"b":2}}}
          """)
  void whatNoColumnReadsIsCollectedAsItStandsOrRefused(
      String columns, String document, String unknown) {
    ColumnDecoder decoder = ColumnDecoder.of(columns(columns), UnknownFields.RESCUE);

    assertThat(decode(decoder, document)).isTrue();
    assertThat(rescued(decoder)).isEqualTo(unknown);
    assertThat(decode(decoder, "{}")).isTrue();
    assertThat(decoder.rescued()).isEmpty();

    decoder = ColumnDecoder.of(columns(columns), UnknownFields.QUARANTINE);
    assertThat(decode(decoder, document)).isEqualTo(unknown.isEmpty());
    assertThat(decoder.rescued()).isEmpty();
    if (!unknown.isEmpty()) {
      assertThat(decoder.error().code()).isEqualTo("unknown-field");
    }
    assertThat(decode(ColumnDecoder.of(columns(columns)), document)).isTrue();
  }

  @Test
  void aRefusalNamesTheFirstUnknownFieldAndNothingWhereValuesAreSecret() {
    ColumnDecoder decoder =
        ColumnDecoder.of(
            columns("r array<struct<a:int>>; m map<string,struct<a:int>>"),
            UnknownFields.QUARANTINE);

    assertThat(decode(decoder, "{\"r\":[{},{\"a\":1,\"x\":{\"y\":3}}],\"z\":1}")).isFalse();
    assertThat(decoder.errorMessage())
        .isEqualTo("No column is declared for the field r.[1].x, which holds {\"y\":3}");
    assertThat(decoder.errorWithoutValue())
        .isEqualTo("The value has a field that no column is declared for.");
    assertThat(decode(decoder, "{\"m\":{\"k\":{\"" + "n".repeat(200) + "\":1}}}")).isFalse();
    assertThat(decoder.errorMessage())
        .isEqualTo(
            "No column is declared for the field m.k." + "n".repeat(100) + "…, which holds 1");
    assertThat(decode(decoder, "{\"z\":1,\"r\":5}")).isFalse();
    assertThat(decoder.error())
        .as("what does not fit comes first")
        .isEqualTo(DecodeError.WRONG_TYPE);
  }

  @Test
  void theKeyOfAMapIsAValueThatIsNotNamedWhereValuesAreSecret() {
    ColumnDecoder decoder = ColumnDecoder.of(columns("m map<string,int>"), UnknownFields.IGNORE);

    assertThat(decode(decoder, "{\"m\":{\"secret\":\"much\"}}")).isFalse();
    assertThat(decoder.errorMessage()).contains("m.secret", "much");
    assertThat(decoder.errorWithoutValue())
        .isEqualTo("Column m takes int; its field holds something else.");
  }

  @Test
  void withoutColumnsEveryFieldIsUnknown() {
    ColumnDecoder rescue = ColumnDecoder.of(List.of(), UnknownFields.RESCUE);
    assertThat(decode(rescue, "{\"a\": 1}")).isTrue();
    assertThat(rescued(rescue)).isEqualTo("{\"a\":1}");
    ColumnDecoder refuse = ColumnDecoder.of(List.of(), UnknownFields.QUARANTINE);
    assertThat(decode(refuse, "{\"a\": 1}")).isFalse();
    assertThat(decode(refuse, "{}")).isTrue();
  }

  /**
   * The columns of {@link #READ}, and for each value what they read of it: all, members, elements.
   */
  private static final String COLUMNS =
      "a string; é array<struct<a:string,b:map<string,string>>>; deep string@b.value;"
          + " id map<string,struct<value:string,topic:struct<a:string>>>;"
          + " topic struct<a:string,b:struct<id:string>>";

  private static final String READ =
      """
      {"a":true, "é":[{"a":true,"b":{"*":true}}], "b":{"value":true},
       "id":{"*":{"value":true,"topic":{"a":true}}}, "topic":{"a":true,"b":{"id":true}}}
      """;

  @Test
  void theColumnsAndTheRescuedFieldsTogetherAreTheWholeOfRandomDocuments() throws Exception {
    ColumnDecoder decoder = ColumnDecoder.of(columns(COLUMNS), UnknownFields.RESCUE);
    JsonNode read = STRICT.readTree(READ);
    Random random = new Random(17);
    int some = 0;
    int nested = 0;
    for (int i = 0; i < 60_000; i++) {
      String document = RandomJson.document(random);
      Optional<JsonNode> tree = withoutDuplicates(document);
      if (tree.isEmpty() || !decode(decoder, document)) {
        continue;
      }
      JsonNode expected = remainder(tree.get(), read);
      assertThat(decoder.rescued().isPresent()).as(document).isEqualTo(!expected.isMissingNode());
      if (decoder.rescued().isPresent()) {
        JsonNode rescued = STRICT.readTree(rescued(decoder));
        assertThat(rescued).as(document).isEqualTo(expected);
        some++;
        nested += rescued.has("é") || rescued.has("id") || rescued.has("topic") ? 1 : 0;
      }
    }
    assertThat(some).isGreaterThan(500);
    assertThat(nested).isGreaterThan(20);
  }

  private static Optional<JsonNode> withoutDuplicates(String document) {
    try {
      return Optional.of(STRICT.readTree(document)).filter(JsonNode::isObject);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** What is left of a value once what is read of it is taken out; missing: nothing. */
  private static JsonNode remainder(JsonNode value, JsonNode read) {
    if (read.isMissingNode()) {
      return value;
    }
    if (read.isObject() && value.isObject()) {
      ObjectNode left = STRICT.createObjectNode();
      value
          .properties()
          .forEach(
              member -> {
                JsonNode of = read.path(read.has(member.getKey()) ? member.getKey() : "*");
                JsonNode rest = remainder(member.getValue(), of);
                if (!rest.isMissingNode()) {
                  left.set(member.getKey(), rest);
                }
              });
      return left.isEmpty() ? MissingNode.getInstance() : left;
    }
    if (read.isArray() && value.isArray()) {
      ArrayNode left = STRICT.createArrayNode();
      value.forEach(
          element -> {
            JsonNode rest = remainder(element, read.get(0));
            left.add(rest.isMissingNode() ? null : rest);
          });
      while (!left.isEmpty() && left.get(left.size() - 1).isNull()) {
        left.remove(left.size() - 1);
      }
      return left.isEmpty() ? MissingNode.getInstance() : left;
    }
    return MissingNode.getInstance();
  }

  private static List<ColumnSpec> columns(String text) {
    List<ColumnSpec> columns = new ArrayList<>();
    for (String column : text.split(";")) {
      String[] parts = column.strip().split("[ @]", 3);
      columns.add(
          new ColumnSpec(
              parts[0],
              parts[1],
              null,
              parts.length > 2 ? Optional.of(parts[2]) : Optional.empty(),
              Optional.empty()));
    }
    return columns;
  }

  private static String rescued(ColumnDecoder decoder) {
    return decoder.rescued().map(UTF8String::toString).orElse("");
  }

  private boolean decode(ColumnDecoder decoder, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return decoder.decode(bytes, 0, bytes.length, into, 0);
  }
}
