package dev.tributary.phase2.execute;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.LogicalRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * Rows that were computed and are kept on the executors. Not Spark's cache, since Delta refuses to
 * merge from that. They are not computed again if an executor dies; the plan is.
 *
 * @param rows the rows
 */
record KeptRows(Dataset<Row> rows) implements AutoCloseable {
  /** Computes the rows. */
  static KeptRows of(Dataset<Row> rows) {
    return new KeptRows(rows.localCheckpoint(true, StorageLevel.MEMORY_AND_DISK()));
  }

  @Override
  public void close() {
    LogicalPlan plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
    if (plan instanceof LogicalRDD stored) {
      stored.rdd().unpersist(false);
    }
  }
}
