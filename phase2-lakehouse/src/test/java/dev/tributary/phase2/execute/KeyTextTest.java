package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.sql.types.DataType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeyTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "string|4711|4711",
        "int|4711|4711",
        "int|007|7",
        "decimal(10,2)|12.3|12.30",
        "decimal(10,2)|12.340|12.34",
        "double|1e22|1.0E22",
        "double|NaN|NaN",
        "date|2026-11-29|2026-11-29",
        "timestamp|2026-11-29T17:00:00.123456Z|2026-11-29 17:00:00.123456",
        "timestamp|2026-11-29|2026-11-29 00:00:00",
        "timestamp_ntz|2026-11-29 17:00:00|2026-11-29 17:00:00",
        "boolean|TRUE|true"
      })
  void aTextThatATypeTakesAsItIsNamesTheKey(String type, String given, String cast) {
    assertThat(KeyText.keeps(DataType.fromDDL(type), given, cast)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "decimal(10,2)|12.345|12.35",
        "float|16777217|1.6777216E7",
        "date|2026-11-29T17:00:00|2026-11-29",
        "date|2026-11|2026-11-01",
        "timestamp|2026-11-29 17:00:00.1234567|2026-11-29 17:00:00.123456",
        "timestamp|17:00|2026-11-29 17:00:00",
        "timestamp_ntz|2026-11-29 17:00:00+02:00|2026-11-29 17:00:00",
        "boolean|1|true"
      })
  void aTextThatATypeChangesNamesNone(String type, String given, String cast) {
    assertThat(KeyText.keeps(DataType.fromDDL(type), given, cast)).isFalse();
  }
}
