package dev.tributary.streaming;

import dev.tributary.core.settings.Settings;
import dev.tributary.storage.ObjectStores;
import dev.tributary.storage.SparkStorageSettings;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Makes the jobs' sessions, all with the same fixed settings. */
public final class SparkSessions {
  private SparkSessions() {}

  /**
   * The session of a job. Time zone, ANSI mode and case sensitivity are part of what a dataset's
   * version means, so they are not for the user to choose; the master and resources are, through
   * spark-submit.
   *
   * @param more further Spark settings of the job, such as Delta's extension and catalog
   */
  public static SparkSession create(
      String applicationName, Settings settings, Map<String, String> more) {
    SparkSession.Builder builder = SparkSession.builder().appName(applicationName);
    SparkConf submitted = new SparkConf();
    unsetDefaults(submitted).forEach(builder::config);
    configuration(settings).forEach(builder::config);
    if (submitted.get("spark.master", "").startsWith("local")) {
      // A task that runs out of memory fails like any other; Spark would end the driver with it.
      builder.config("spark.executor.killOnFatalError.depth", "0");
    }
    more.forEach(builder::config);
    return builder.getOrCreate();
  }

  /** The defaults for what was not submitted, by key. */
  static Map<String, String> unsetDefaults(SparkConf submitted) {
    Map<String, String> defaults = new TreeMap<>(SparkStorageSettings.defaults());
    defaults.keySet().removeIf(submitted::contains);
    return defaults;
  }

  /** What {@link #create} sets whatever was submitted, by key. */
  static Map<String, String> configuration(Settings settings) {
    Map<String, String> entries = new TreeMap<>(SparkStorageSettings.entries());
    // Until the driver's own logging is in force again.
    entries.put("spark.log.level", "WARN");
    entries.put("spark.sql.session.timeZone", "UTC");
    entries.put("spark.sql.ansi.enabled", "true");
    entries.put("spark.sql.caseSensitive", "false");
    // Checkpoints are disposable: the archive's and the table's logs say what was done.
    entries.put("spark.sql.streaming.minBatchesToRetain", "10");
    entries.put("spark.sql.streaming.stopTimeout", "60s");
    settings
        .find(DriverSettings.S3_ENDPOINT)
        .ifPresent(
            endpoint -> {
              entries.put("spark.hadoop.fs.s3a.endpoint", endpoint.toString());
              entries.put(
                  "spark.hadoop.fs.s3a.connection.ssl.enabled",
                  Boolean.toString("https".equals(endpoint.getScheme())));
            });
    settings
        .find(DriverSettings.S3_REGION)
        .ifPresent(region -> entries.put("spark.hadoop.fs.s3a.endpoint.region", region));
    if (settings.get(DriverSettings.S3_PATH_STYLE)) {
      entries.put("spark.hadoop.fs.s3a.path.style.access", "true");
    }
    if (settings.get(DriverSettings.SINGLE_DRIVER)) {
      entries.put("spark.hadoop." + ObjectStores.SINGLE_DRIVER, "true");
    }
    return entries;
  }
}
