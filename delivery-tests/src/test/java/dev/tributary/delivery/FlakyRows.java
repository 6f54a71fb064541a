package dev.tributary.delivery;

import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/** A step on rows that throws on one record in so many, at each try on another. */
public final class FlakyRows implements RowTransform {
  static final int ONE_IN = 1_000;

  @Override
  public String name() {
    return "flaky-rows";
  }

  @Override
  public List<TransformOption> options() {
    return List.of();
  }

  @Override
  public StepKind kind() {
    return StepKind.ONE_TO_ONE;
  }

  @Override
  public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
    return rows.withColumn(
        "n", functions.udf(new Luck(), DataTypes.LongType).apply(functions.col("n")));
  }

  /** Says nothing of its moods, as the code of a user does who does not know of them. */
  public static final class Luck implements UDF1<Long, Long> {
    private static final long serialVersionUID = 1;

    @Override
    public Long call(Long n) {
      if (ThreadLocalRandom.current().nextInt(ONE_IN) == 0) {
        throw new IllegalStateException("Bad luck with this row.");
      }
      return n;
    }
  }
}
