package dev.tributary.phase2.execute;

import java.util.Iterator;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Statistics;
import org.apache.spark.sql.catalyst.plans.physical.HashPartitioning;
import org.apache.spark.sql.execution.LogicalRDD;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.storage.StorageLevel;
import scala.Option;
import scala.math.BigInt;

/**
 * Rows that were computed and are kept on the executors. Not Spark's cache, since Delta refuses to
 * merge from that. They are not computed again if an executor dies; the plan is.
 *
 * @param rows the rows
 */
record KeptRows(Dataset<Row> rows) implements AutoCloseable {
  /** Computes the rows. */
  static KeptRows of(Dataset<Row> rows) {
    Dataset<Row> stored = rows.localCheckpoint(true, StorageLevel.MEMORY_AND_DISK());
    return new KeptRows(
        plan(stored) instanceof LogicalRDD kept ? known(rows, stored, kept) : stored);
  }

  /**
   * With what is known once they are computed, and what Spark forgets of an adaptive plan: how
   * great they are, and that they lie by key and in its order, so that a join moves the other side
   * alone, or sends a small batch to where the table's rows are.
   */
  private static Dataset<Row> known(Dataset<Row> rows, Dataset<Row> stored, LogicalRDD kept) {
    SparkPlan done = classic(rows).queryExecution().executedPlan();
    if (done instanceof AdaptiveSparkPlanExec adaptive) {
      done = adaptive.executedPlan();
    }
    if (!(done.outputPartitioning() instanceof HashPartitioning byKey)
        || byKey.numPartitions() != kept.rdd().getNumPartitions()
        || !byKey.references().subsetOf(kept.outputSet())) {
      return stored;
    }
    Statistics size =
        new Statistics(
            BigInt.apply(Math.max(1, bytes(kept.rdd()))),
            Option.empty(),
            Statistics.apply$default$3(),
            false);
    return org.apache.spark.sql.classic.Dataset$.MODULE$.ofRows(
        classic(stored).sparkSession(),
        new LogicalRDD(
            kept.output(),
            kept.rdd(),
            byKey,
            done.outputOrdering(),
            false,
            Option.empty(),
            classic(stored).sparkSession(),
            Option.apply(size),
            Option.apply(kept.constraints())));
  }

  private static long bytes(RDD<InternalRow> rows) {
    return rows.toJavaRDD().mapPartitions(KeptRows::bytes).reduce(Long::sum);
  }

  private static Iterator<Long> bytes(Iterator<InternalRow> rows) {
    long bytes = 0;
    while (rows.hasNext()) {
      InternalRow row = rows.next();
      bytes += row instanceof UnsafeRow unsafe ? unsafe.getSizeInBytes() : 0;
    }
    return java.util.List.of(bytes).iterator();
  }

  private static LogicalPlan plan(Dataset<Row> rows) {
    return classic(rows).queryExecution().analyzed();
  }

  private static org.apache.spark.sql.classic.Dataset<Row> classic(Dataset<Row> rows) {
    return (org.apache.spark.sql.classic.Dataset<Row>) rows;
  }

  @Override
  public void close() {
    if (plan(rows) instanceof LogicalRDD stored) {
      stored.rdd().unpersist(false);
    }
  }
}
