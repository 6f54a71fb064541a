package dev.tributary.cli;

import dev.tributary.core.settings.Settings;
import dev.tributary.storage.SparkStorageSettings;
import dev.tributary.streaming.DriverSettings;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** Reaches the object store as the drivers do, without Spark. */
public final class StoreConfiguration {
  private static final String HADOOP = "spark.hadoop.";

  private StoreConfiguration() {}

  /** Hadoop's configuration as the settings of {@link DriverSettings#STORE} say. */
  public static Configuration of(Settings settings) {
    Configuration configuration = new Configuration();
    for (Map.Entry<String, String> entry : SparkStorageSettings.entries().entrySet()) {
      if (entry.getKey().startsWith(HADOOP)) {
        configuration.set(entry.getKey().substring(HADOOP.length()), entry.getValue());
      }
    }
    settings
        .find(DriverSettings.S3_ENDPOINT)
        .ifPresent(
            endpoint -> {
              configuration.set("fs.s3a.endpoint", endpoint.toString());
              configuration.setBoolean(
                  "fs.s3a.connection.ssl.enabled", "https".equals(endpoint.getScheme()));
            });
    settings
        .find(DriverSettings.S3_REGION)
        .ifPresent(region -> configuration.set("fs.s3a.endpoint.region", region));
    configuration.setBoolean(
        "fs.s3a.path.style.access", settings.get(DriverSettings.S3_PATH_STYLE));
    return configuration;
  }
}
