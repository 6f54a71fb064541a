package dev.tributary.archive.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.RandomJson;
import dev.tributary.archive.StrictJackson;
import dev.tributary.archive.line.LineDecoder;
import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnDecoderTest {
  private final Object[] into = new Object[4];

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          string            | "a\\u0041\\ud83d\\ude00\\n" | `aA😀
          `
          string            | ""                      | ``
          string            | 12.50                   | 12.50
          string            | { "a" : [1, "}"] }      | { "a" : [1, "}"] }
          string            | true                    | true
          boolean           | false                   | false
          tinyint           | -128                    | -128
          smallint          | 32767                   | 32767
          int               | 2147483647              | 2147483647
          int               | 12.0                    | 12
          int               | 1.2e1                   | 12
          int               | 0e999999999             | 0
          bigint            | 9223372036854775807     | 9223372036854775807
          bigint            | -9223372036854775808    | -9223372036854775808
          bigint            | "42"                    | 42
          double            | 12.75                   | 12.75
          double            | -0.0                    | -0.0
          double            | 0.1234567890123456789   | 0.12345678901234568
          double            | 1e-999                  | 0.0
          double            | "NaN"                   | NaN
          float             | 0.1                     | 0.1
          float             | "-Infinity"             | -Infinity
          decimal(10,2)     | 12.5                    | 12.50
          decimal(10,2)     | 12.5000                 | 12.50
          decimal(10,2)     | "99999999.99"           | 99999999.99
          decimal(38,10)    | 1234567890123456789012345678.0123456789 | 1234567890123456789012345678.0123456789
          decimal(38,0)     | 1e37                    | 10000000000000000000000000000000000000
          date              | "2024-02-29"            | 2024-02-29
          date              | "2024-02-29Z"           | 2024-02-29
          timestamp         | "2026-11-21T08:30:00Z"  | 2026-11-21T08:30:00Z
          timestamp         | "2026-11-21T08:30:00.123456789+02:00" | 2026-11-21T06:30:00.123456Z
          timestamp         | "2026-11-21 08:30"      | 2026-11-21T08:30:00Z
          timestamp         | "1969-12-31T23:59:59.5Z"| 1969-12-31T23:59:59.500Z
          timestamp         | "2026-11-21T08:30:00-0330" | 2026-11-21T12:00:00Z
          timestamp         | 1763712000123           | 2025-11-21T08:00:00.123Z
          timestamp         | 1763712000123.5         | 2025-11-21T08:00:00.123500Z
          timestamp         | -1                      | 1969-12-31T23:59:59.999Z
          array<int>        | [1, null ,2]            | ArraySeq(1, null, 2)
          array<array<string>> | [[], ["a"]]          | ArraySeq(ArraySeq(), ArraySeq(a))
          map<string,int>   | {"a":1,"b":null,"a":2}  | Map(a -> 2, b -> null)
          struct<a:int,b:struct<c:string>> | {"x":0,"b":{"c":"d"},"a":"no","a":1} | [1,[d]]
          """)
  void aJsonValueBecomesAValueOfItsColumnsType(String type, String json, String expected) {
    ColumnDecoder decoder = ColumnDecoder.of(List.of(ColumnSpec.of("c", type)));

    assertThat(decode(decoder, "{\"c\":" + json + "}")).as(errorOf(decoder)).isTrue();

    DataType dataType =
        ColumnDecoder.schema(List.of(ColumnSpec.of("c", type))).apply("c").dataType();
    Object external = CatalystTypeConverters.createToScalaConverter(dataType).apply(into[0]);
    String shown =
        switch (type) {
          case "timestamp" -> ((java.sql.Timestamp) external).toInstant().toString();
          default -> external.toString();
        };
    assertThat(shown).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          string           | "\\ud800"              | wrong-type
          boolean          | "true"                 | wrong-type
          boolean          | 1                      | wrong-type
          int              | 12.75                  | wrong-type
          int              | "12"                   | wrong-type
          int              | 2147483648             | out-of-range
          int              | 1e999999999            | out-of-range
          int              | 1e99999999999999       | out-of-range
          int              | true                   | wrong-type
          tinyint          | 128                    | out-of-range
          smallint         | -32769                 | out-of-range
          bigint           | 9223372036854775808    | out-of-range
          bigint           | " 42"                  | wrong-type
          bigint           | "042"                  | wrong-type
          bigint           | 0.5                    | wrong-type
          double           | "1.5"                  | wrong-type
          double           | 1e999                  | out-of-range
          float            | 1e39                   | out-of-range
          double           | [1]                    | wrong-type
          decimal(10,2)    | 12.505                 | wrong-type
          decimal(10,2)    | 100000000              | out-of-range
          decimal(10,2)    | 1e999999999            | out-of-range
          decimal(20,2)    | 1234567890123456789    | out-of-range
          decimal(10,2)    | "x"                    | wrong-type
          date             | "2026-02-29"           | out-of-range
          date             | "2026-2-3"             | wrong-type
          date             | "2026-01-01T00:00:00Z" | wrong-type
          date             | "2026-01-01ZZ"         | wrong-type
          date             | "2026-01-01+02:00"     | wrong-type
          date             | 20260101               | wrong-type
          timestamp        | "2026-11-21"           | wrong-type
          timestamp        | "2026-11-21T24:00:00Z" | out-of-range
          timestamp        | "2026-11-21T08:30:00+1" | wrong-type
          timestamp        | "0000-11-21T08:30:00Z" | out-of-range
          timestamp        | 0.0001                 | wrong-type
          timestamp        | 1e20                   | out-of-range
          timestamp        | true                   | wrong-type
          binary           | "%%"                   | wrong-type
          binary           | 1                      | wrong-type
          array<int>       | {}                     | wrong-type
          array<int>       | [1,"a",[2],{"x":"]"}]  | wrong-type
          map<string,int>  | {"a":1,"b":3000000000} | out-of-range
          map<string,int>  | []                     | wrong-type
          struct<a:int>    | "a"                    | wrong-type
          struct<a:int not null> | {"b":1}          | missing-column
          """)
  void whatDoesNotFitIsRefusedAndTheNextFieldIsStillRead(String type, String json, String code) {
    ColumnDecoder decoder =
        ColumnDecoder.of(List.of(ColumnSpec.of("c", type), ColumnSpec.of("d", "int")));

    assertThat(decode(decoder, "{\"c\":" + json + ",\"d\":7}")).isFalse();

    assertThat(decoder.error().code()).isEqualTo(code);
    assertThat(decoder.errorMessage()).startsWith("Column c");
    assertThat(into[1]).isEqualTo(7);
    // The last of two fields of a name counts, so a right one mends it.
    assertThat(decode(decoder, "{\"c\":" + json + ",\"c\":null}")).isTrue();
    assertThat(into[0]).isNull();
  }

  @Test
  void anErrorNamesTheColumnAndTheValueCutToAHundredBytes() {
    ColumnDecoder decoder =
        ColumnDecoder.of(List.of(ColumnSpec.of("rows", "array<struct<a:int>>")));

    decode(decoder, "{\"rows\":[{\"a\":1},{\"a\":\"" + "é".repeat(200) + "\"}]}");

    assertThat(decoder.errorMessage())
        .isEqualTo("Column rows.[1].a takes int; its field holds \"" + "é".repeat(49) + "…");
  }

  @Test
  void columnsComeFromPathsOfFields() {
    ColumnDecoder decoder =
        ColumnDecoder.of(
            List.of(
                at("mag", "double", "properties.mag"),
                at("raw", "string", "properties"),
                at("net", "string", "properties.net.name"),
                ColumnSpec.of("a.b", "int")));

    assertThat(
            decode(
                decoder,
                "{\"properties\":{\"mag\":9,\"net\":{\"name\":\"old\"}},\"a.b\":1,"
                    + " \"properties\" : {\"m\\u0061g\":1.5, \"x\":[{\"mag\":2}]} }"))
        .isTrue();
    assertThat(into[0]).isEqualTo(1.5);
    assertThat(into[1]).hasToString("{\"m\\u0061g\":1.5, \"x\":[{\"mag\":2}]}");
    assertThat(into[2]).isNull();
    assertThat(into[3]).isEqualTo(1);
    assertThat(decode(decoder, "{\"properties\":null}")).isTrue();
    assertThat(into).containsOnlyNulls();
    assertThat(decode(decoder, "{\"properties\":[]}")).isFalse();
    assertThat(decoder.errorMessage()).isEqualTo("Column mag takes an object; its field holds []");
  }

  @Test
  void aDefaultStandsForAFieldThatIsAbsentAndForNoOther() throws Exception {
    ColumnSpec deep = at("deep", "int", "a.b").withNullable(false).withDefault(json("5"));
    ColumnDecoder decoder =
        ColumnDecoder.of(
            List.of(
                ColumnSpec.of("text", "string").withDefault(json("\"d\\u00e9\"")),
                deep,
                ColumnSpec.of("list", "array<int>").withDefault(json("[1]"))));
    for (String absent :
        List.of("{}", "{\"a\":{}}", "{\"a\":null}", "{\"a\":{\"b\":1},\"a\":{}}")) {
      assertThat(decode(decoder, absent)).as(absent).isTrue();
      assertThat(into[0]).hasToString("dé");
      assertThat(into[1]).as(absent).isEqualTo(5);
      assertThat(((ArrayData) into[2]).getInt(0)).isEqualTo(1);
    }
    assertThat(decode(decoder, "{\"text\":null,\"list\":null,\"a\":{\"b\":2}}")).isTrue();
    assertThat(into[0]).isNull();
    assertThat(into[1]).isEqualTo(2);
    assertThat(into[2]).isNull();
    assertThat(decode(decoder, "{\"a\":{\"b\":null}}")).isFalse();
    assertThat(decoder.error()).isEqualTo(DecodeError.MISSING_COLUMN);
    assertThat(decode(decoder, "{\"a\":7}")).isFalse();
    assertThat(decoder.error()).isEqualTo(DecodeError.WRONG_TYPE);

    assertThatThrownBy(() -> ColumnDecoder.of(List.of(deep.withDefault(json("5000000000")))))
        .hasMessageContaining("The default of a column does not fit")
        .hasMessageContaining("5000000000");
  }

  private static Optional<JsonNode> json(String text) throws IOException {
    return Optional.of(Json.mapper().readTree(text));
  }

  @Test
  void aColumnThatMayNotBeNullHasToBeThere() {
    ColumnSpec id = new ColumnSpec("id", "int", false, Optional.empty(), Optional.empty());
    ColumnDecoder decoder = ColumnDecoder.of(List.of(id));

    assertThat(decode(decoder, "{\"ID\":1}")).isFalse();
    assertThat(decoder.error()).isEqualTo(DecodeError.MISSING_COLUMN);
    assertThat(decoder.errorMessage())
        .isEqualTo("Column id may not be null; its field is absent or null in {\"ID\":1}");
    assertThat(decode(decoder, "{\"id\":null}")).isFalse();
    assertThat(decode(decoder, "{\"id\":0}")).isTrue();
    assertThat(ColumnDecoder.schema(List.of(id)).apply("id").nullable()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1}}|not-json",
        "``|not-json",
        "[{\"a\":1}]|not-object",
        "\"a\"|not-object",
        "null|not-object"
      })
  void whatIsNoObjectIsRefused(String value, String code) {
    ColumnDecoder decoder = ColumnDecoder.of(List.of(ColumnSpec.of("a", "int")));

    assertThat(decode(decoder, value)).isFalse();
    assertThat(decoder.error().code()).isEqualTo(code);
    assertThat(decoder.errorMessage()).contains(value);
  }

  @Test
  void aTombstoneGivesNulls() {
    ColumnDecoder decoder = ColumnDecoder.of(List.of(ColumnSpec.of("a", "int")));
    LineEncoder encoder = new LineEncoder("t");
    encoder.begin(0, 1, -1, TimestampType.NONE);
    encoder.end();
    into[0] = 1;

    assertThat(
            decoder.decode(
                new LineDecoder("t").decode(encoder.buffer(), 0, encoder.length() - 1), into, 0))
        .isTrue();
    assertThat(into[0]).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"map<int,int>", "interval day", "varchar(3)", "nonsense", "struct<a:void>"})
  void aTypeWithoutACastIsRefused(String type) {
    assertThatThrownBy(() -> ColumnDecoder.of(List.of(ColumnSpec.of("c", type))))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.SPEC_INVALID))
        .hasMessageContaining("column c");
  }

  @Property(tries = 50_000)
  void itSeesTheSameFieldsAsJackson(@ForAll long seed) {
    ColumnDecoder decoder =
        ColumnDecoder.of(
            List.of(
                ColumnSpec.of("a", "string"),
                ColumnSpec.of("é", "array<string>"),
                at("deep", "string", "b.value"),
                ColumnSpec.of("id", "map<string,string>")));
    byte[] value = RandomJson.bytes(new Random(seed));
    Optional<JsonNode> node = StrictJackson.parse(value).filter(JsonNode::isObject);

    boolean decoded = decoder.decode(value, 0, value.length, into, 0);

    if (node.isEmpty()) {
      assertThat(decoded).isFalse();
    } else if (decoded) {
      JsonNode object = node.get();
      sameText(into[0], object.path("a"));
      sameText(into[2], object.path("b").path("value"));
      assertThat(into[1] == null)
          .isEqualTo(object.path("é").isMissingNode() || object.path("é").isNull());
      assertThat(into[3] == null)
          .isEqualTo(object.path("id").isMissingNode() || object.path("id").isNull());
    } else if (decoder.error() != DecodeError.NOT_JSON) {
      assertThat(decoder.error()).isEqualTo(DecodeError.WRONG_TYPE);
    }
  }

  private static void sameText(Object found, JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      assertThat(found).isNull();
    } else if (node.isTextual()) {
      assertThat(found).hasToString(node.textValue());
    } else {
      assertThat(StrictJackson.parse(found.toString().getBytes(StandardCharsets.UTF_8)))
          .contains(node);
    }
  }

  private boolean decode(ColumnDecoder decoder, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return decoder.decode(bytes, 0, bytes.length, into, 0);
  }

  private static String errorOf(ColumnDecoder decoder) {
    return decoder.errorMessage();
  }

  private static ColumnSpec at(String name, String type, String path) {
    return new ColumnSpec(name, type, true, Optional.of(path), Optional.empty());
  }
}
