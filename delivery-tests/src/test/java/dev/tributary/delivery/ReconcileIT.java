package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.cli.reconcile.Reconciliation;
import dev.tributary.cli.reconcile.Verdict;
import io.delta.tables.DeltaTable;
import java.util.Map;
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
