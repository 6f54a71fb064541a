package dev.tributary.transforms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SqlExpressionTest {
  private static final Dataset<Row> ROWS =
      SparkSession.builder()
          .master("local[2]")
          .config("spark.ui.enabled", "false")
          .config("spark.driver.host", "127.0.0.1")
          .config("spark.driver.bindAddress", "127.0.0.1")
          .config("spark.sql.session.timeZone", "UTC")
          .config("spark.sql.shuffle.partitions", "2")
          .getOrCreate()
          .createDataFrame(
              List.of(RowFactory.create(7L, "x", List.of(1, 2))),
              StructType.fromDDL("id bigint, name string, tags array<int>"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rand() > 0.5",
        "uuid()",
        "now()",
        "current_timestamp",
        "current_date() > date'2026-01-01'",
        "localtimestamp()",
        "unix_timestamp() + id",
        "shuffle(tags)",
        "randstr(4)",
        "uniform(0, 10)",
        "monotonically_increasing_id()",
        "spark_partition_id()",
        "input_file_name()",
        "current_user()",
        "java_method('java.lang.System', 'nanoTime')",
        "cast('now' as timestamp)",
        "cast(' Today ' as date)",
        "timestamp'now'",
        "date \"yesterday\"",
        "aes_encrypt('x', '0000111122223333')"
      })
  void whatIsNotTheSameWhenDoneAgainIsRefusedAndSaysTheIngestTime(String expression) {
    assertThatThrownBy(() -> SqlExpression.of(ROWS, context(expression), "where"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("which is not the same when a plan is done again")
        .hasMessageContaining("use the ingest time, the column _ingest_time");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sum(id)",
        "row_number() over (order by id)",
        "explode(tags)",
        "*",
        "(select max(id) from range(3))",
        "id in (select 1)"
      })
  void whatLooksAtOtherRowsIsRefused(String expression) {
    assertThatThrownBy(() -> SqlExpression.of(ROWS, context(expression), "where"))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .containsAnyOf("is no expression of one row", "holds a query");
  }

  @Test
  void anErrorSaysTheColumnsThatThereAre() {
    assertThatThrownBy(() -> SqlExpression.of(ROWS, context("idd > 1"), "where"))
        .hasMessageStartingWith(
            "The option where, 'idd > 1', is no SQL expression over the columns [id, name, tags]:")
        .hasMessageContaining("idd");
    assertThatThrownBy(() -> SqlExpression.of(ROWS, context("id >"), "where"))
        .hasMessageContaining("is no SQL expression");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id + 1",
        "name = 'now'",
        "concat(name, ' today')",
        "date'2026-01-01'",
        "cast('2026-01-01' as timestamp)",
        "transform(tags, x -> x + 1)",
        "case when id > 3 then upper(name) end",
        "sha2(name, 256)"
      })
  void whatIsAFunctionOfOneRowIsTaken(String expression) {
    assertThat(ROWS.select(SqlExpression.of(ROWS, context(expression), "where")).count())
        .isEqualTo(1);
  }

  private static TransformContext context(String expression) {
    return new TransformContext() {
      private static final long serialVersionUID = 1L;

      @Override
      public String dataset() {
        return "trial";
      }

      @Override
      public Map<String, String> options() {
        return Map.of("where", expression);
      }

      @Override
      public String secret(String name) {
        throw new IllegalArgumentException(name);
      }

      @Override
      public Map<String, String> columns() {
        return Map.of();
      }

      @Override
      public List<String> coordinates() {
        return List.of();
      }

      @Override
      public String ingestTimeColumn() {
        return "_ingest_time";
      }
    };
  }
}
