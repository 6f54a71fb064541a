package dev.tributary.archive.spark;

import org.apache.spark.sql.classic.SparkSession;

/** How many tasks run at a time. */
final class Cores {
  private Cores() {}

  static int ofSession() {
    return Math.max(1, SparkSession.active().sparkContext().defaultParallelism());
  }
}
