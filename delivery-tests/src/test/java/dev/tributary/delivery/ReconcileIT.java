package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.cli.reconcile.Reconciliation;
import dev.tributary.cli.reconcile.Verdict;
import dev.tributary.core.json.Json;
import io.delta.tables.DeltaTable;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a stranger does to an upsert table by hand is seen by a reconciliation of the data. */
@Tag("delivery")
class ReconcileIT {
  @Test
  void aRowOfAnUpsertTableThatIsDeletedOrDoubledByHandIsFound() {
    Pipeline pipeline = Pipeline.create("by_hand", 3).withUpsertTable();
    pipeline.produce(300);
    pipeline.catchUp();
    pipeline.assertTablesExact();
    assertThat(pipeline.reconciled().verdict()).isEqualTo(Verdict.BALANCED);
    assertThat(quarantined(pipeline)).isNotEmpty().isEqualTo(bad(pipeline));

    SparkSession stranger = stranger();
    try {
      Dataset<Row> table = stranger.read().format("delta").load(pipeline.upsertTable());
      Row row = table.orderBy("id").first();
      String id = row.getAs("id");
      table
          .where("id = '%s'".formatted(id))
          .write()
          .format("delta")
          .mode("append")
          .save(pipeline.upsertTable());
      Reconciliation doubled = pipeline.reconciled();
      assertThat(doubled.table().twice()).isEqualTo(1);
      assertThat(doubled.table().missing()).isZero();
      assertThat(doubled.verdict()).isEqualTo(Verdict.UNACCOUNTED);

      DeltaTable.forPath(stranger, pipeline.upsertTable()).delete("id = '%s'".formatted(id));
    } finally {
      stranger.stop();
    }
    Reconciliation deleted = pipeline.reconciled();
    assertThat(deleted.table().missing()).isEqualTo(1);
    assertThat(deleted.table().twice()).isZero();
    assertThat(deleted.verdict().exitCode()).isEqualTo(3);
    assertThat(deleted.findings())
        .anyMatch(
            finding -> finding.contains("1 archived records of done plans are not accounted"));
  }

  /** The bytes of every quarantined record, as the command reads them again from the archive. */
  private static SortedMap<Coordinate, String> quarantined(Pipeline pipeline) {
    SortedMap<Coordinate, String> values = new TreeMap<>();
    String shown =
        pipeline
            .command(
                "quarantine", "show", pipeline.upsert(), "--value", "--json", "--limit", "10000")
            .expectExit(0)
            .log();
    for (String line : shown.lines().filter(each -> each.startsWith("{")).toList()) {
      JsonNode record = Json.read(line.getBytes(StandardCharsets.UTF_8), JsonNode.class);
      Coordinate coordinate =
          new Coordinate(
              record.path("incarnation").asInt(),
              record.path("partition").asInt(),
              record.path("offset").asLong());
      byte[] value = record.at("/value/text").asText().getBytes(StandardCharsets.UTF_8);
      assertThat(values.put(coordinate, HexFormat.of().formatHex(value))).as(line).isNull();
    }
    return values;
  }

  private static SortedMap<Coordinate, String> bad(Pipeline pipeline) {
    SortedMap<Coordinate, String> bad = new TreeMap<>();
    pipeline
        .produced()
        .forEach(
            (coordinate, message) -> {
              if (message.event().isEmpty()) {
                bad.put(coordinate, message.value().orElseThrow());
              }
            });
    return bad;
  }

  private static SparkSession stranger() {
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[1]")
            .appName("stranger")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.databricks.delta.snapshotPartitions", "1")
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    for (Map.Entry<String, String> each :
        DeliveryStack.shared().hadoop().getPropsWithPrefix("fs.s3a.").entrySet()) {
      builder.config("spark.hadoop.fs.s3a." + each.getKey(), each.getValue());
    }
    return builder.getOrCreate();
  }
}
