package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.WriteSpec;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/operating.md says of reading a table as it was, with its own statements. */
final class EarlierVersionsIT {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sql\\n(.*?)^```$");
  private static final String TIME = "2026-11-21T08:30:00Z";

  @TempDir Path folder;

  @Test
  @Tag("long")
  void aTableIsReadByVersionAndByTimeAsThePageSays() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ColumnSpec.of("id", "bigint")), WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("a", "{\"id\":1}")));
    lake.run();
    long version = lake.account().versions().table().orElseThrow();
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    committed(lake, version, now.minus(Duration.ofDays(6)));
    for (long before = 0; before < version; before++) {
      committed(lake, before, now.minus(Duration.ofDays(8)).plusSeconds(before));
    }
    lake.archive().put(List.of(message("b", "{\"id\":2}")));
    lake.run();
    Instant between = now.minus(Duration.ofDays(1));

    List<String> statements = statements(lake.table(), version, between.toString());
    assertThat(statements).hasSize(3);
    assertThat(ids(sql(statements.get(0)))).as(statements.get(0)).containsExactly("[1]");
    assertThat(ids(sql(statements.get(1)))).as(statements.get(1)).containsExactly("[1]");
    assertThat(
            sql(statements.get(2))
                .where("version = " + version)
                .selectExpr("timestamp", "get_json_object(userMetadata, '$.plan')")
                .collectAsList()
                .toString())
        .contains(lake.account().plan() - 1 + "]");
    assertThat(ids(read().option("versionAsOf", version).load(lake.table())))
        .containsExactly("[1]");
    assertThat(ids(read().option("timestampAsOf", between.toString()).load(lake.table())))
        .containsExactly("[1]");
    assertThat(ids(read().load(lake.table()))).containsExactly("[1]", "[2]");

    String tomorrow = now.plus(Duration.ofDays(1)).toString();
    assertThatThrownBy(() -> ids(sql(statements(lake.table(), 0, tomorrow).get(1))))
        .hasMessageContaining("DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
    assertThatThrownBy(() -> ids(sql(statements(lake.table(), 0, between.toString()).get(0))))
        .hasMessageContaining("Cannot time travel beyond delta.deletedFileRetentionDuration");
  }

  /** As if that version had been committed at another time. */
  private static void committed(TestLake lake, long version, Instant time) throws IOException {
    Path log = Path.of(URI.create(lake.table())).resolve("_delta_log");
    Files.setLastModifiedTime(log.resolve("%020d.json".formatted(version)), FileTime.from(time));
  }

  /** Those of the page, about another table, version and time. */
  private static List<String> statements(String table, long version, String time)
      throws IOException {
    String page =
        Files.readString(Path.of(System.getProperty("tributary.home"), "docs", "operating.md"));
    String block =
        BLOCK
            .matcher(page)
            .results()
            .map(found -> found.group(1))
            .filter(sql -> sql.contains(" AS OF "))
            .findFirst()
            .orElseThrow();
    return block
        .replace("s3a://lake/orders", table)
        .replace("AS OF 12", "AS OF " + version)
        .replace(TIME, time)
        .lines()
        .map(line -> line.replaceFirst(";$", ""))
        .toList();
  }

  private static Dataset<Row> sql(String statement) {
    return TestSpark.get().sql(statement);
  }

  private static DataFrameReader read() {
    return TestSpark.get().read().format("delta");
  }

  private static List<String> ids(Dataset<Row> rows) {
    return rows.select("id").sort("id").collectAsList().stream().map(Row::toString).toList();
  }
}
