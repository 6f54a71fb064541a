package dev.tributary.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** Where S3 is, for Spark and for Hadoop alone, from the environment that the drivers read. */
final class StoreSettings {
  private static final String SPARK = "spark.hadoop.";

  private StoreSettings() {}

  /** As Spark takes it. */
  static Map<String, String> spark(Map<String, String> environment) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(SPARK + "fs.s3a.endpoint", environment.get("TRIBUTARY_S3_ENDPOINT"));
    settings.put(SPARK + "fs.s3a.endpoint.region", environment.get("TRIBUTARY_S3_REGION"));
    settings.put(SPARK + "fs.s3a.path.style.access", "true");
    settings.put(SPARK + "fs.s3a.connection.ssl.enabled", "false");
    return settings;
  }

  /** As Hadoop takes it. */
  static Configuration hadoop(Map<String, String> environment) {
    Configuration configuration = new Configuration();
    spark(environment)
        .forEach((key, value) -> configuration.set(key.substring(SPARK.length()), value));
    return configuration;
  }
}
