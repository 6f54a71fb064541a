package dev.tributary.cli;

import dev.tributary.core.settings.Settings;
import dev.tributary.storage.ObjectStores;
import dev.tributary.storage.SparkStorageSettings;
import dev.tributary.storage.delta.ConditionalLogStore;
import dev.tributary.streaming.DriverSettings;
import org.apache.hadoop.conf.Configuration;

/** Reaches the object store as the drivers do, without Spark. */
public final class StoreConfiguration {
  private static final String HADOOP = "spark.hadoop.";

  private StoreConfiguration() {}

  /** Hadoop's configuration as the settings of {@link DriverSettings#STORE} say. */
  public static Configuration of(Settings settings) {
    Configuration configuration = new Configuration();
    SparkStorageSettings.defaults().forEach((key, value) -> put(configuration, key, value));
    SparkStorageSettings.entries().forEach((key, value) -> put(configuration, key, value));
    for (String scheme : new String[] {"s3", "s3a", "s3n"}) {
      // The kernel's own store for S3 lists the whole log of a table.
      configuration.set(
          "io.delta.kernel.logStore.%s.impl".formatted(scheme),
          ConditionalLogStore.class.getName());
    }
    configuration.setBoolean(
        ObjectStores.SINGLE_DRIVER, settings.get(DriverSettings.SINGLE_DRIVER));
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

  private static void put(Configuration configuration, String key, String value) {
    if (key.startsWith(HADOOP)) {
      configuration.set(key.substring(HADOOP.length()), value);
    }
  }
}
