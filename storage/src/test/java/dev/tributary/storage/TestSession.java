package dev.tributary.storage;

import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;

/** A Spark session on the tests' S3, configured as the product's are. */
public final class TestSession {
  private TestSession() {}

  public static SparkSession start(URI endpoint) {
    Map<String, String> entries = new TreeMap<>(SparkStorageSettings.defaults());
    entries.putAll(SparkStorageSettings.entries());
    SharedS3.settings(endpoint).forEach((key, value) -> entries.put("spark.hadoop." + key, value));
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[2]")
            .appName("storage-tests")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.databricks.delta.snapshotPartitions", "1")
            .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    entries.forEach(builder::config);
    return builder.getOrCreate();
  }
}
