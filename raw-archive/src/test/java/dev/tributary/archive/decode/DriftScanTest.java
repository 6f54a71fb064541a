package dev.tributary.archive.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.RandomJson;
import dev.tributary.archive.decode.DriftScan.Misfit;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DriftScanTest {
  private static List<ColumnSpec> columns(String text) {
    List<ColumnSpec> columns = new ArrayList<>();
    for (String column : text.split("; ")) {
      String[] parts = column.split(" ", 2);
      String[] typeAndPath = parts[1].split("@");
      columns.add(
          new ColumnSpec(
              parts[0],
              typeAndPath[0],
              false,
              typeAndPath.length > 1 ? Optional.of(typeAndPath[1]) : Optional.empty(),
              null));
    }
    return columns;
  }

  private static List<String> unknown(DriftScan scan, String document) {
    byte[] json = document.getBytes(StandardCharsets.UTF_8);
    List<String> fields = new ArrayList<>();
    scan.unknown(
        json,
        0,
        json.length,
        (field, types) ->
            fields.add(
                "%s%s:%s"
                    .formatted(
                        field.text(),
                        field.addressable() ? "" : "!",
                        types.counts().keySet().iterator().next().text())));
    return fields;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a int | {"a":1}                           | ``
          a int | {"x":1.50,"a":1,"y":{"z":[1, 2]},"v":[],"t":true,"n":null,"s":"1"} | x:fraction y:object v:array t:boolean n:null s:string
          a int | {"A":1,"\\u0062":2.0,"a.b":3,"":4} | A:integer b:integer a.b!:integer !:integer
          s struct<a:int,t:struct<b:int>> | {"s":{"a":1,"x":2,"t":{"b":1,"y":3}},"t":4} | s.x:integer s.t.y:integer t:integer
          r array<struct<a:int>> | {"r":[{"a":1},{"x":3},null,{"x":""}]} | r[].x!:integer r[].x!:string
          m map<string,struct<a:int>> | {"m":{"secret":{"a":1,"x":2},"l":null}} | m.*.x!:integer
          mag double@p.mag | {"p":{"mag":1,"unit":"k"},"mag":2} | p.unit:string mag:integer
          s struct<a:struct<b:int>>@p; m map<string,struct<c:int>>@p | {"p":{"a":{"b":1,"d":3},"x":{"b":2}}} | p.a.d:integer p.*.b!:integer
          """)
  void eachFieldThatNoColumnReadsIsToldWithItsPathAndKind(
      String columns, String document, String fields) {
    assertThat(String.join(" ", unknown(DriftScan.of(columns(columns)), document)))
        .isEqualTo(fields);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"id":1,"s":{"a":1},"x":1}        | ``
          {}                                | ``
          {"id":1.5}                        | wrong-type id {FRACTION=1}
          {"id":9223372036854775808}        | out-of-range id {INTEGER=1}
          {"id":"1.5"}                      | wrong-type id {STRING=1}
          {"s":{"a":"secret"}}              | wrong-type s (inside) {STRING=1}
          {"m":{"secret":{}}}               | wrong-type m (inside) {OBJECT=1}
          {"s":[1]}                         | wrong-type s {ARRAY=1}
          [1]                               | not-object  {}
          {"id":                            | not-json  {}
          """)
  void whatDoesNotFitIsToldByColumnAndKindAndWhatIsMissingIsNot(String document, String expected) {
    DriftScan scan =
        DriftScan.of(columns("id bigint; s struct<a:int NOT NULL>; m map<string,int>"));
    byte[] json = document.getBytes(StandardCharsets.UTF_8);

    Optional<Misfit> misfit = scan.misfit(json, 0, json.length);

    assertThat(
            misfit
                .map(
                    wrong ->
                        "%s %s%s %s"
                            .formatted(
                                wrong.error().code(),
                                wrong.column(),
                                wrong.nested() ? " (inside)" : "",
                                wrong.types().counts()))
                .orElse(""))
        .isEqualTo(expected);
  }

  @Test
  void aDocumentHasUnknownFieldsWhereSomethingOfItIsRescued() {
    List<ColumnSpec> columns =
        columns(
            "a string; é array<struct<a:string>>; id map<string,struct<value:string>>;"
                + " topic struct<a:string,b:struct<id:string>>");
    DriftScan scan = DriftScan.of(columns);
    ColumnDecoder rescuing =
        ColumnDecoder.of(
            columns.stream().map(column -> column.withNullable(true)).toList(),
            UnknownFields.RESCUE);
    Random random = new Random(20251121);
    int fitting = 0;
    int drifted = 0;
    for (int i = 0; i < 40_000; i++) {
      String document = RandomJson.document(random);
      byte[] json = document.getBytes(StandardCharsets.UTF_8);
      boolean fits = rescuing.decode(json, 0, json.length, new Object[4], 0);
      assertThat(scan.misfit(json, 0, json.length).isEmpty()).as(document).isEqualTo(fits);
      if (fits) {
        fitting++;
        boolean rescued = rescuing.rescued().isPresent();
        drifted += rescued ? 1 : 0;
        assertThat(unknown(scan, document).isEmpty()).as(document).isNotEqualTo(rescued);
      }
    }
    assertThat(fitting).isGreaterThan(500);
    assertThat(drifted).isBetween(200, fitting - 50);
  }
}
