package dev.tributary.storage;

import dev.tributary.storage.checkpoint.ConditionalCheckpointFileManager;
import dev.tributary.storage.delta.ConditionalLogStore;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The Spark configuration that puts every write which decides something on put-if-absent. */
public final class SparkStorageSettings {
  private static final String S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem";
  private static final String S3A_CONTEXT = "org.apache.hadoop.fs.s3a.S3A";

  private SparkStorageSettings() {}

  /**
   * Spark configuration by key that nobody may change: Delta's log store and Spark's checkpoints
   * through this module, and S3A for every S3 scheme with what it must not do switched off.
   */
  public static Map<String, String> entries() {
    Map<String, String> entries = new TreeMap<>();
    // Delta's own store for a local disk looks first and then renames: two processes can both win.
    entries.put("spark.delta.logStore.file.impl", ConditionalLogStore.class.getName());
    for (String scheme : new String[] {"s3", "s3a", "s3n"}) {
      entries.put(
          "spark.delta.logStore.%s.impl".formatted(scheme), ConditionalLogStore.class.getName());
      entries.put("spark.hadoop.fs.%s.impl".formatted(scheme), S3A);
      entries.put("spark.hadoop.fs.AbstractFileSystem.%s.impl".formatted(scheme), S3A_CONTEXT);
    }
    entries.put(
        "spark.sql.streaming.checkpointFileManagerClass",
        ConditionalCheckpointFileManager.class.getName());
    // With "create" among them S3A would not even look before it replaces a file.
    entries.put("spark.hadoop.fs.s3a.performance.flags", "");
    return Collections.unmodifiableMap(entries);
  }

  /**
   * Spark configuration by key for what the operator did not set: where credentials come from, and
   * how patient S3A is. Endpoint, region and path style are the caller's own.
   */
  public static Map<String, String> defaults() {
    Map<String, String> entries = new TreeMap<>();
    // Keys in Hadoop's configuration first; then AWS's own chain: environment, web identity,
    // profiles, container, instance.
    entries.put(
        "spark.hadoop.fs.s3a.aws.credentials.provider",
        "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider,"
            + "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider,"
            + "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider");
    // A busy or failing server is asked again for about a minute, then the run's own retries take
    // over; the defaults would hang on a dead endpoint for several minutes.
    entries.put("spark.hadoop.fs.s3a.attempts.maximum", "3");
    entries.put("spark.hadoop.fs.s3a.retry.limit", "5");
    entries.put("spark.hadoop.fs.s3a.retry.interval", "200ms");
    entries.put("spark.hadoop.fs.s3a.retry.http.5xx.errors", "true");
    entries.put("spark.hadoop.fs.s3a.connection.establish.timeout", "15s");
    entries.put("spark.hadoop.fs.s3a.connection.timeout", "30s");
    return Collections.unmodifiableMap(entries);
  }
}
