package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.phase2.TestSpark;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.junit.jupiter.api.Test;

final class KeptRowsIT {
  @Test
  void keptRowsThatLieByKeyAreJoinedWhereTheyLie() {
    SparkSession session = TestSpark.get().newSession();
    session.conf().set("spark.sql.shuffle.partitions", "4");
    session.conf().set("spark.sql.autoBroadcastJoinThreshold", "-1");
    Dataset<Row> newest =
        session
            .range(20_000)
            .selectExpr("concat('k', id % 1000) as k", "id as n")
            .repartition(4, col("k"))
            .withColumn("r", row_number().over(Window.partitionBy("k").orderBy(col("n").desc())))
            .filter(col("r").equalTo(1))
            .select("k", "n");
    Dataset<Row> other = session.range(2_000).selectExpr("concat('k', id) as k", "id as m");

    try (KeptRows kept = KeptRows.of(newest)) {
      Dataset<Row> joined = kept.rows().as("s").join(other.as("t"), "k");
      String plan = classic(joined).queryExecution().executedPlan().toString();

      assertThat(plan.split("Exchange hashpartitioning", -1)).as(plan).hasSize(2);
      assertThat(joined.count()).isEqualTo(1_000);
      assertThat(joined.filter("n = m + 19000").count()).isEqualTo(1_000);
      // Of both sides of a join, as a MERGE of rows that are kept by the table's own key.
      Dataset<Row> outer =
          kept.rows().join(other, kept.rows().col("k").equalTo(other.col("k")), "full_outer");
      assertThat(outer.count()).isEqualTo(2_000);
      assertThat(classic(kept.rows()).queryExecution().optimizedPlan().stats().sizeInBytes())
          .as("a size that decides for or against sending the rows everywhere")
          .satisfies(size -> assertThat(size.toLong()).isBetween(10_000L, 200_000L));
    }
  }

  private static org.apache.spark.sql.classic.Dataset<Row> classic(Dataset<Row> rows) {
    return (org.apache.spark.sql.classic.Dataset<Row>) rows;
  }
}
