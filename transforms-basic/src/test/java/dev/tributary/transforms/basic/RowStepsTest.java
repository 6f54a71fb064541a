package dev.tributary.transforms.basic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.transforms.Transform;
import dev.tributary.transforms.testing.TransformContract;
import dev.tributary.transforms.testing.TransformTrial;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Each step on rows keeps the contract, and does what it says. */
final class RowStepsTest {
  @Nested
  final class AddLiteral extends TransformContract {
    private Map<String, String> options =
        Map.of("column", "load", "value", "7.50", "type", "decimal(5,2)");

    @Override
    protected Transform transform() {
      return new AddLiteralTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint, load decimal(5,2)", options).good("{\"id\":1}");
    }

    @Test
    void theConstantStandsInEveryRow() {
      assertThat(outcome("{\"id\":1}")).containsExactly("{\"id\":1,\"load\":7.50}");
    }

    @Test
    void aConstantThatDoesNotFitOrMeansTheClockIsRefused() {
      options = Map.of("column", "load", "value", "much", "type", "int");
      assertThatThrownBy(() -> outcome("{\"id\":1}"))
          .hasMessage(
              "The option value is 'much', which is no INT. Correct the value or the type.");
      options = Map.of("column", "load", "value", "now", "type", "timestamp");
      assertThatThrownBy(() -> outcome("{\"id\":1}"))
          .hasMessageContaining("Use add-metadata with ingest-time");
      options = Map.of("column", "load", "value", "1", "type", "integral");
      assertThatThrownBy(() -> outcome("{\"id\":1}"))
          .hasMessageContaining("The option type holds 'integral', which is no Spark SQL type");
    }
  }

  @Nested
  final class AddMetadata extends TransformContract {
    private Map<String, String> options =
        Map.of(
            "columns",
            "topic:source,partition:part,offset:place,timestamp:sent,ingest-time:taken,key:name");

    @Override
    protected Transform transform() {
      return new AddMetadataTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint", options).good("{\"id\":1}").good("{\"id\":2}");
    }

    @Test
    void whatIsKnownOfTheRecordStandsInColumns() {
      assertThat(outcome("{}", "{\"id\":1}"))
          .element(1)
          .isEqualTo(
              "{\"id\":1,\"source\":\"trial\",\"part\":1,\"place\":1,"
                  + "\"sent\":\"2026-01-01T00:00:01.000Z\","
                  + "\"taken\":\"2026-01-01T01:00:00.000Z\",\"name\":\"key-1\"}");
    }

    @Test
    void whatIsNotKnownIsRefused() {
      options = Map.of("columns", "header:h");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessage(
              "The option columns asks for 'header', which is not known of a record; known are"
                  + " [incarnation, ingest-time, key, offset, partition, sequence, timestamp, topic].");
      options = Map.of("columns", "topic:_source");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("names that begin with an underscore are the platform's");
    }
  }

  @Nested
  final class Cast extends TransformContract {
    @Override
    protected Transform transform() {
      return new CastTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of(
              "amount decimal(10,2), at date", Map.of("columns", "amount:decimal(10,2),at:date"))
          .good("{\"amount\":\"12.5\",\"at\":\"2026-01-31\"}")
          .bad("{\"amount\":\"much\"}")
          .bad("{\"amount\":\"1\",\"at\":\"31 January\"}");
    }

    @Test
    void whatCannotBeCastNamesTheColumnAndNotTheValue() {
      assertThat(outcome("{\"amount\":\" 12.5 \"}", "{\"amount\":\"much\"}"))
          .containsExactly(
              "{\"amount\":12.50,\"at\":null}",
              "wrong-type: The value of column amount is no decimal(10,2).");
    }
  }

  @Nested
  final class Decrypt extends TransformContract {
    private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZg==";

    @Override
    protected Transform transform() {
      return new DecryptColumnTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("name string", Map.of("column", "name", "keys", "env:KEYS"))
          .secret("keys", "k1=" + KEY)
          .good("{\"name\":\"" + sealed("Ada") + "\"}")
          .bad("{\"name\":\"Ada\"}");
    }

    @Test
    void theTextComesBack() {
      assertThat(outcome("{\"name\":\"" + sealed("Ada") + "\"}", "{\"name\":\"Ada\"}", "{}"))
          .containsExactly(
              "{\"name\":\"Ada\"}",
              "transform-failed: The value of column name cannot be decrypted with the keys that"
                  + " are given.",
              "{\"name\":null}");
    }

    private String sealed(String text) {
      return Sealed.text("k1", KEY, text);
    }
  }

  @Nested
  final class Deduplicate extends TransformContract {
    private Map<String, String> options = Map.of("columns", "id,kind");

    @Override
    protected Transform transform() {
      return new DeduplicateTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint, kind string, n int", options)
          .good("{\"id\":1,\"kind\":\"a\",\"n\":1}")
          .good("{\"id\":1,\"kind\":\"a\",\"n\":2}")
          .good("{\"id\":1,\"n\":3}")
          .good("{\"id\":1,\"n\":4}");
    }

    @Test
    void oneOfEachIsKept() {
      String[] records = {
        "{\"id\":1,\"kind\":\"a\",\"n\":1}",
        "{\"id\":1,\"n\":2}",
        "{\"id\":1,\"kind\":\"a\",\"n\":3}",
        "{\"id\":1,\"n\":4}"
      };
      assertThat(outcome(records))
          .containsExactly("{\"id\":1,\"kind\":\"a\",\"n\":1}", "{\"id\":1,\"kind\":null,\"n\":2}");
      options = Map.of("columns", "id,kind", "keep", "last");
      assertThat(outcome(records))
          .containsExactly("{\"id\":1,\"kind\":\"a\",\"n\":3}", "{\"id\":1,\"kind\":null,\"n\":4}");
      options = Map.of("columns", "id", "keep", "any");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessage("The option keep is 'any'. Write first or last.");
    }
  }

  @Nested
  final class Drop extends TransformContract {
    private Map<String, String> options = Map.of("columns", "raw");

    @Override
    protected Transform transform() {
      return new DropTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint", options).earlier("raw string").good("{\"id\":1}");
    }

    @Test
    void theColumnIsGone() {
      assertThat(outcome("{\"id\":1,\"raw\":\"x\"}")).containsExactly("{\"id\":1}");
    }

    @Test
    void whatTheTableDeclaresOrNobodyHasIsRefused() {
      options = Map.of("columns", "ID");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("The option columns names 'ID', which the table declares");
      options = Map.of("columns", "rw");
      assertThatThrownBy(() -> outcome("{}"))
          .hasMessageContaining("The option columns names 'rw', which is not there");
    }
  }

  @Nested
  final class Explode extends TransformContract {
    private Map<String, String> options =
        Map.of(
            "column", "items",
            "type", "array<struct<sku:string,n:int>>",
            "to", "item",
            "position", "line");

    @Override
    protected Transform transform() {
      return new ExplodeTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint, line int, item struct<sku:string,n:int>", options)
          .good("{\"id\":1,\"items\":[{\"sku\":\"a\",\"n\":2},{\"sku\":\"b\",\"n\":1}]}")
          .good("{\"id\":2,\"items\":[{\"sku\":\"c\"}]}")
          .good("{\"id\":3,\"items\":[]}");
    }

    @Test
    void eachElementIsARowInItsOrder() {
      assertThat(
              outcome(
                  "{\"id\":1,\"items\":[{\"sku\":\"a\",\"n\":2},{\"sku\":\"b\",\"n\":1}]}",
                  "{\"id\":2,\"items\":[]}",
                  "{\"id\":3}"))
          .allMatch(row -> row.startsWith("{\"id\":1,"))
          .map(row -> row.substring(row.indexOf("\"line\"")))
          .map(row -> row.replaceFirst(",\"items.*]", ""))
          .containsExactly(
              "\"line\":0,\"item\":{\"sku\":\"a\",\"n\":2}}",
              "\"line\":1,\"item\":{\"sku\":\"b\",\"n\":1}}");
    }

    @Test
    void aMapGivesItsEntriesAndOuterKeepsARecordWithoutAny() {
      options =
          Map.of(
              "column", "prices",
              "type", "map<string,double>",
              "to", "prices",
              "key", "currency",
              "outer", "true");
      assertThat(
              outcome(
                  "{\"id\":1,\"prices\":{\"eur\":1.5,\"usd\":2}}",
                  "{\"id\":2,\"prices\":{}}",
                  "{}"))
          .map(row -> row.replaceAll("\"(line|item)\":null,", ""))
          .containsExactly(
              "{\"id\":1,\"prices\":1.5,\"currency\":\"eur\"}",
              "{\"id\":1,\"prices\":2.0,\"currency\":\"usd\"}",
              "{\"id\":2,\"prices\":null,\"currency\":null}",
              "{\"id\":null,\"prices\":null,\"currency\":null}");
    }

    @Test
    void whatHasNoElementsIsRefused() {
      options = Map.of("column", "id", "to", "item");
      assertThatThrownBy(() -> outcome("{}"))
          .hasMessage(
              "The column 'id' is a BIGINT, which has no elements. Give its array<…> or map<…> by"
                  + " the option type.");
      options = Map.of("column", "items", "type", "array<int>", "to", "item", "key", "line");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("whose elements have no key. Leave it out, or use position.");
      options = Map.of("column", "items", "type", "array<int>", "to", "n", "position", "N");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("The option position is 'N', which another option fills already");
    }
  }

  @Nested
  final class Filter extends TransformContract {
    private Map<String, String> options =
        Map.of("where", "id > 1 and kind = 'a'", "input", "kind:string");

    @Override
    protected Transform transform() {
      return new FilterTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint", options)
          .good("{\"id\":1,\"kind\":\"a\"}")
          .good("{\"id\":2,\"kind\":\"a\"}");
    }

    @Test
    void onlyWhatIsTrueIsKept() {
      assertThat(
              outcome(
                  "{\"id\":1,\"kind\":\"a\"}",
                  "{\"id\":2,\"kind\":\"a\"}",
                  "{\"id\":3}",
                  "{\"kind\":\"a\"}"))
          .containsExactly("{\"id\":2,\"kind\":\"a\"}");
    }

    @Test
    void theClockIsRefused() {
      options = Map.of("where", "current_timestamp() > timestamp'2026-01-01'");
      assertThatThrownBy(() -> outcome("{\"id\":1}"))
          .hasMessageContaining("uses current_timestamp")
          .hasMessageContaining("use the ingest time, the column _ingest_time");
    }
  }

  @Nested
  final class Flatten extends TransformContract {
    private Map<String, String> options =
        Map.of("columns", "address:struct<city:string,geo:struct<lat:double,Lon:double>>");

    @Override
    protected Transform transform() {
      return new FlattenTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint, address_geo_lat double, address_city string", options)
          .good("{\"id\":1,\"address\":{\"city\":\"Wien\",\"geo\":{\"lat\":48.2,\"Lon\":16.4}}}");
    }

    @Test
    void fieldsBecomeColumnsHoweverDeep() {
      assertThat(
              outcome(
                  "{\"id\":1,\"address\":{\"city\":\"Wien\",\"geo\":{\"lat\":48.2,\"Lon\":16.4}}}",
                  "{\"id\":2,\"address\":{\"geo\":null}}",
                  "{\"id\":3}"))
          .containsExactly(
              "{\"id\":1,\"address_city\":\"Wien\",\"address_geo_lat\":48.2,\"address_geo_Lon\":16.4}",
              "{\"id\":2,\"address_city\":null,\"address_geo_lat\":null,\"address_geo_Lon\":null}",
              "{\"id\":3,\"address_city\":null,\"address_geo_lat\":null,\"address_geo_Lon\":null}");
    }

    @Test
    void twoFieldsOfOneNameAndWhatIsNoObjectAreRefused() {
      options = Map.of("columns", "a:struct<b_c:int,b:struct<C:int>>");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessage(
              "The option columns makes two columns of the name 'a_b_C'. Choose another separator.");
      options = Map.of("columns", "a:int");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("only a struct<…> can be flattened");
    }
  }

  @Nested
  final class Hash extends TransformContract {
    private Map<String, String> options = Map.of("columns", "email", "key", "env:SALT");

    @Override
    protected Transform transform() {
      return new HashTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint, email string", options)
          .secret("key", "Jefe-and-his-key")
          .good("{\"id\":1,\"email\":\"ada@example.org\"}");
    }

    /** Vectors made by {@code openssl dgst -sha256}, with and without {@code -hmac}. */
    @Test
    void theHashesAreThoseThatOthersMake() {
      assertThat(outcome("{\"email\":\"ada@example.org\"}"))
          .containsExactly(
              "{\"id\":null,\"email\":\"2741c4ee11180aa4a67ce281cb0a85b11681d4ef3d710ee51078e61e3a52ad6c\"}");
      options = Map.of("columns", "email", "key", "env:SALT", "algorithm", "sha256");
      assertThat(outcome("{\"email\":\"ada@example.org\"}"))
          .containsExactly(
              "{\"id\":null,\"email\":\"030f5f767b65734429bd1a864ccbe5346df6eb9ad8719f3ce2abfbc3c8588c60\"}");
    }

    @Test
    void whatIsNotDeclaredAsTextIsRefused() {
      options = Map.of("columns", "id", "key", "env:SALT");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining(
              "The option columns names 'id', which the table declares as BIGINT");
    }

    @Test
    void anotherAlgorithmIsRefused() {
      options = Map.of("columns", "email", "key", "env:SALT", "algorithm", "md5");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessage("The option algorithm is 'md5'. Write one of [hmac-sha256, sha256].");
    }
  }

  @Nested
  final class JsonExtract extends TransformContract {
    private Map<String, String> options =
        Map.of(
            "column", "doc", "path", "$.items[1]['unit price']", "to", "price", "type", "double");
    private String columns = "doc string, price double";

    @Override
    protected Transform transform() {
      return new JsonExtractTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of(columns, options)
          .good(document("{'items':[0,{'unit price':1.5}]}"))
          .bad(document("{'items':"))
          .bad(document("{'items':[0,{'unit price':'x'}]}"));
    }

    @Test
    void columnsAreCalledAsTheyLike() {
      columns = "doc string, price double, __found string, __value string";
      String record = document("{'items':[0,{'unit price':1.5}]}");
      assertThat(outcome(record.replaceFirst("}$", ",\"__found\":\"f\",\"__value\":\"v\"}")))
          .singleElement()
          .asString()
          .contains("\"price\":1.5", "\"__found\":\"f\"", "\"__value\":\"v\"");
    }

    @Test
    void valuesAreFoundByTheirPath() {
      assertThat(
              outcome(
                  document("{'items':[0,{'unit price':1.50}]}"),
                  document("{'items':[0,{'unit price':null}]}"),
                  document("{'items':7}"),
                  document("[]"),
                  "{}",
                  document("{'items':["),
                  document("{'items':[0,{'unit price':'x'}]}"),
                  document("")))
          .extracting(row -> row.substring(row.lastIndexOf(",\"price") + 1))
          .containsExactly(
              "\"price\":1.5}",
              "\"price\":null}",
              "\"price\":null}",
              "\"price\":null}",
              "\"price\":null}",
              "not-json: The value of column doc is no JSON.",
              "wrong-type: The value at $.items[1]['unit price'] in column doc is no double.",
              "not-json: The value of column doc is no JSON.");
    }

    @Test
    void textStandsAsItStood() {
      options = Map.of("column", "doc", "path", "$.a", "to", "a");
      assertThat(extracted("{'a':12.50}")).isEqualTo("12.50");
      assertThat(extracted("{'a':[1, {'b': 1e400} ],'c':1}")).isEqualTo("[1, {'b': 1e400} ]");
      assertThat(extracted("{'a':'\\u00e4'}")).isEqualTo("ä");
      assertThat(extracted("{'a':1,'a':2}")).isEqualTo("2");
      assertThat(extracted("{'a':true}")).isEqualTo("true");
    }

    @Test
    void whatIsNoPathIsRefused() {
      for (String path : new String[] {"a", "$..a", "$.a[", "$.a[x]", "$.a b", "$['a]", "$.a."}) {
        assertThatThrownBy(() -> new JsonField(path))
            .hasMessageContaining("The option path is '" + path + "', which is no path");
      }
    }

    private String extracted(String document) {
      return new JsonField("$.a").call(document.replace('\'', '"')).get(0).replace('"', '\'');
    }

    private String document(String json) {
      return "{\"doc\":\"" + json.replace("'", "\\\"") + "\"}";
    }
  }

  @Nested
  final class Mask extends TransformContract {
    private Map<String, String> options = Map.of("columns", "card", "mode", "keep-last");

    @Override
    protected Transform transform() {
      return new MaskTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint, card string", options)
          .good("{\"id\":1,\"card\":\"4111111111111111\"}");
    }

    @Test
    void onlyTheLastCharactersStay() {
      assertThat(outcome("{\"card\":\"12345678\"}", "{\"card\":\"1234\"}", "{\"card\":\"\"}", "{}"))
          .containsExactly(
              "{\"id\":null,\"card\":\"****5678\"}",
              "{\"id\":null,\"card\":\"****\"}",
              "{\"id\":null,\"card\":\"\"}",
              "{\"id\":null,\"card\":null}");
    }

    @Test
    void aFixedTextOrNullHidesTheLengthToo() {
      options = Map.of("columns", "card");
      assertThat(outcome("{\"card\":\"12345678\"}", "{}"))
          .containsExactly("{\"id\":null,\"card\":\"***\"}", "{\"id\":null,\"card\":null}");
      options = Map.of("columns", "card,id", "mode", "null");
      assertThat(outcome("{\"id\":1,\"card\":\"12345678\"}"))
          .containsExactly("{\"id\":null,\"card\":null}");
    }

    @Test
    void whatCannotBeMaskedIsRefused() {
      options = Map.of("columns", "id");
      assertThatThrownBy(() -> outcome("{}"))
          .hasMessageContaining("The option columns names 'id', which is a BIGINT; only text");
      options = Map.of("columns", "card", "mode", "first");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("The option mode is 'first'");
      options = Map.of("columns", "card", "keep", "0");
      assertThatThrownBy(this::declaresItsOptions).hasMessageContaining("The option keep is 0");
    }
  }

  @Nested
  final class ParseTimestamp extends TransformContract {
    private Map<String, String> options = Map.of("column", "at");

    @Override
    protected Transform transform() {
      return new ParseTimestampTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("at timestamp", options)
          .good("{\"at\":\"2026-01-31T08:30:00Z\"}")
          .bad("{\"at\":\"yesterday\"}");
    }

    @Test
    void aTimeOfAnotherColumnIsRead() {
      options =
          Map.of(
              "column",
              "text",
              "to",
              "at",
              "formats",
              "iso;dd.MM.yyyy HH:mm",
              "zone",
              "Europe/Vienna");
      assertThat(outcome("{\"text\":\"31.07.2026 08:30\"}", "{\"text\":\"32.07.2026 08:30\"}"))
          .containsExactly(
              "{\"at\":\"2026-07-31T06:30:00.000Z\",\"text\":\"31.07.2026 08:30\"}",
              "wrong-type: The value of column text is no time of the formats"
                  + " iso;dd.MM.yyyy HH:mm in the years 1 to 9999.");
    }

    @Test
    void formatsAndZonesThatThereAreNotAreRefused() {
      options = Map.of("column", "at", "formats", "iso;bogus");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("The option formats holds 'bogus', which is no pattern");
      options = Map.of("column", "at", "zone", "Europe/Atlantis");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("The option zone is 'Europe/Atlantis', which is no zone");
    }
  }

  @Nested
  final class Rename extends TransformContract {
    private Map<String, String> options = Map.of("columns", "mag:magnitude");

    @Override
    protected Transform transform() {
      return new RenameTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("magnitude double", options).good("{\"mag\":2.5}");
    }

    @Test
    void theOldNameIsGone() {
      assertThat(outcome("{\"mag\":2.5,\"magnitude\":9}")).containsExactly("{\"magnitude\":2.5}");
    }

    @Test
    void twoColumnsCannotGetOneName() {
      options = Map.of("columns", "a:x,b:X");
      assertThatThrownBy(this::declaresItsOptions)
          .hasMessageContaining("gives two columns the name 'X'");
    }
  }

  @Nested
  final class Sql extends TransformContract {
    private Map<String, String> options =
        Map.of(
            "column",
            "total",
            "expression",
            "try_cast(price as double) * n",
            "input",
            "price:string,n:int");

    @Override
    protected Transform transform() {
      return new SqlTransform();
    }

    @Override
    protected TransformTrial trial() {
      return TransformTrial.of("id bigint, total double", options)
          .good("{\"id\":1,\"price\":\"1.5\",\"n\":2}");
    }

    @Test
    void theExpressionReadsTheRow() {
      assertThat(outcome("{\"id\":1,\"price\":\"1.5\",\"n\":2}", "{\"price\":\"x\",\"n\":2}"))
          .containsExactly(
              "{\"id\":1,\"total\":3.0,\"price\":\"1.5\",\"n\":2}",
              "{\"id\":null,\"total\":null,\"price\":\"x\",\"n\":2}");
    }

    @Test
    void whatIsNotDeterministicIsRefused() {
      options = Map.of("column", "total", "expression", "rand()");
      assertThatThrownBy(() -> outcome("{}")).hasMessageContaining("uses rand");
    }
  }
}
