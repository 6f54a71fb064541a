package dev.tributary.archive.spark;

import org.apache.spark.sql.SparkSession;

/** The one session of this module's tests. */
final class SharedSpark {
  private static final SparkSession SESSION =
      SparkSession.builder()
          .master("local[2]")
          .appName("raw-archive tests")
          .config("spark.ui.enabled", "false")
          .config("spark.sql.shuffle.partitions", "2")
          .config("spark.sql.session.timeZone", "UTC")
          .getOrCreate();

  private SharedSpark() {}

  static SparkSession session() {
    return SESSION;
  }
}
