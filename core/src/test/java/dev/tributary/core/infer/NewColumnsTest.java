package dev.tributary.core.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.tributary.core.infer.ValueTypes.Kind;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.UnknownFieldsSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NewColumnsTest {
  /** What JSON values, each named by its kind or a number, come to. */
  private static ValueTypes values(String text) {
    return Arrays.stream(text.split(" "))
        .map(
            value ->
                Arrays.stream(Kind.values())
                    .filter(kind -> kind.text().equals(value))
                    .findFirst()
                    .map(ValueTypes::of)
                    .orElseGet(
                        () ->
                            value.equals("endless")
                                ? ValueTypes.endlessNumber()
                                : ValueTypes.number(new BigDecimal(value))))
        .reduce(ValueTypes.NONE, ValueTypes::plus);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          null                               | -
          boolean null                       | boolean
          1 -3 1e3 2.0                       | bigint
          9223372036854775807 -9223372036854775808 | bigint
          9223372036854775808                | decimal(20,0)
          123456789012345678901234           | decimal(24,0)
          1e37                               | decimal(38,0)
          1e38                               | string
          1 2.5                              | double
          0.1 123456789012.345               | double
          9007199254740993 0.5               | decimal(21,1)
          1234567890.123456789               | decimal(29,9)
          0.1234567890123456789              | string
          1e-400                             | string
          1.5e999999999                      | string
          1.5e-2147483640                    | string
          endless                            | string
          1 string                           | string
          boolean 1                          | string
          string null                        | string
          object                             | string
          array 2.5                          | string
          """)
  void theTypeTakesEveryValueAsItIs(String values, String type) {
    assertThat(values(values).type().orElse("-")).isEqualTo(type);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          int           | 3000000000           | bigint
          smallint      | 1.5                  | double
          int           | 1234567890.123456789 | decimal(29,9)
          int           | 9223372036854775808  | decimal(20,0)
          bigint        | 1.5                  | decimal(21,1)
          bigint        | 1.5 12345678901234567890123 | decimal(24,1)
          BIGINT        | 1e-18                | decimal(38,18)
          bigint        | 1e-19                | -
          bigint        | endless              | -
          bigint        | string boolean       | -
          bigint        | string 1.25          | decimal(22,2)
          decimal(10, 2) | 1.125               | decimal(11,3)
          decimal(10,2) | 123456789            | decimal(11,2)
          decimal(38,2) | 1.125                | -
          double        | endless              | -
          string        | 1                    | -
          """)
  void aColumnIsWidenedToWhatDeltaCanAndWhatTakesTheNumbers(
      String declared, String values, String type) {
    assertThat(values(values).widened(declared).orElse("-")).isEqualTo(type);
  }

  @Test
  void fieldsBecomeColumnsUnlessTheirNamesCollideOrNothingCanReadThem() {
    DatasetSpec dataset =
        new DatasetSpec(
                "orders",
                "orders",
                null,
                new TargetSpec("s3a://lake/orders", List.of(), null),
                List.of(ColumnSpec.of("id", "bigint"), ColumnSpec.of("p_unit", "string")),
                null,
                null,
                null,
                null,
                null)
            .withUnknownFields(UnknownFieldsSpec.rescued("_rest"));
    Map<FieldPath, ValueTypes> fields = new LinkedHashMap<>();
    ValueTypes text = ValueTypes.of(Kind.STRING);
    for (String name :
        List.of("zone", "ID", "Late", "late", "_offset", "_rest", "_rescued", "a-b", "a.b", "")) {
      fields.put(FieldPath.ROOT.member(name), text);
    }
    fields.put(FieldPath.ROOT.member("nothing"), ValueTypes.of(Kind.NULL));
    fields.put(FieldPath.ROOT.member("p").member("unit"), text);
    fields.put(FieldPath.ROOT.member("p").member("size"), text);
    fields.put(FieldPath.ROOT.member("rows").element().member("x"), text);
    fields.put(FieldPath.ROOT.member("m").anyKey().member("y"), text);

    Map<String, String> found = new LinkedHashMap<>();
    NewColumns.of(dataset, fields)
        .forEach(
            (field, finding) ->
                found.put(
                    field.text(),
                    finding
                        .column()
                        .map(column -> column.name() + "@" + column.path().orElse("-"))
                        .orElseGet(() -> finding.reason().orElseThrow())));

    assertThat(found)
        .containsExactly(
            Map.entry("", "no column's path leads there"),
            Map.entry("ID", "beside another of its name, ignoring case: ID, id"),
            Map.entry("Late", "beside another of its name, ignoring case: Late, late"),
            Map.entry("_offset", "the platform has a column of its name"),
            Map.entry("_rescued", "the platform has a column of its name"),
            Map.entry("_rest", "the platform has a column of its name"),
            Map.entry("a-b", "its name can be no column's"),
            Map.entry("a.b", "no column's path leads there"),
            Map.entry("late", "beside another of its name, ignoring case: Late, late"),
            Map.entry("m.*.y", "no column's path leads there"),
            Map.entry("nothing", "it was always null"),
            Map.entry("p.size", "p_size@p.size"),
            Map.entry("p.unit", "beside another of its name, ignoring case: p_unit"),
            Map.entry("rows[].x", "no column's path leads there"),
            Map.entry("zone", "zone@-"));
  }

  /** A key of so many columns that looking over the dataset for each field would take minutes. */
  @Test
  void aDatasetIsNotLookedOverForEachOfManyFields() {
    List<ColumnSpec> columns =
        IntStream.range(0, 3_000).mapToObj(i -> ColumnSpec.of("c" + i, "string")).toList();
    DatasetSpec dataset =
        new DatasetSpec(
            "orders",
            "orders",
            null,
            new TargetSpec("s3a://lake/orders", List.of(), null),
            columns,
            new WriteSpec(
                WriteMode.UPSERT,
                columns.stream().map(ColumnSpec::name).toList(),
                List.of(),
                Deletes.HARD,
                Optional.empty()),
            null,
            null,
            null,
            null);
    Map<FieldPath, ValueTypes> fields = new LinkedHashMap<>();
    IntStream.range(0, 2_000)
        .forEach(i -> fields.put(FieldPath.ROOT.member("f" + i), ValueTypes.of(Kind.STRING)));

    Map<FieldPath, NewColumns.Finding> found =
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> NewColumns.of(dataset, fields));

    assertThat(found.values().stream().filter(finding -> finding.column().isPresent()))
        .hasSize(2_000);
  }
}
