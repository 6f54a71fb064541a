package dev.tributary.transforms.testing;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import dev.tributary.transforms.PayloadFunction;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/** A transform that is right, and one for each way to get it wrong. */
public final class BrokenTransforms {
  private BrokenTransforms() {}

  /** A step on rows without options. */
  public abstract static class Step implements RowTransform {
    @Override
    public String name() {
      return "step";
    }

    @Override
    public List<TransformOption> options() {
      return List.of(TransformOption.secret("key", "A secret."));
    }

    @Override
    public StepKind kind() {
      return StepKind.ONE_TO_ONE;
    }
  }

  /** Sets negative ids aside. */
  public static final class Right extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.withColumn("_error_message", when(col("id").lt(0), lit("The id is negative.")))
          .withColumn("_error", when(col("id").lt(0), lit("negative-id")))
          .withColumn("id", udf(new Next(), DataTypes.LongType).apply(col("id")));
    }
  }

  /** One more. */
  public static final class Next implements UDF1<Long, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long call(Long id) {
      return id == null ? null : id + 1;
    }
  }

  /** Is no service. */
  public static final class Unknown extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows;
    }
  }

  /** Says when it ran. */
  public static final class Clock extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.withColumn("at", functions.current_timestamp());
    }
  }

  /** Numbers the rows of a task. */
  public static final class Numbered extends Step {
    /** Counts its calls. */
    public static final class Counter implements UDF1<Long, Long> {
      private static final long serialVersionUID = 1L;
      private long count;

      @Override
      public Long call(Long id) {
        return ++count;
      }
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.withColumn("n", udf(new Counter(), DataTypes.LongType).apply(col("id")));
    }
  }

  /** Loses a column of the platform. */
  public static final class Selected extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.drop("_key");
    }
  }

  /** Says that rows come from elsewhere. */
  public static final class Moved extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.withColumn("_offset", col("_offset").plus(1));
    }
  }

  /** Leaves rows out without having said so. */
  public static final class Filtering extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.filter(col("id").gt(1));
    }
  }

  /** Looks at the rows before anybody asks for them. */
  public static final class Eager extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.count() == 0 ? rows : rows.drop("nothing");
    }
  }

  /** Asks for an option that it does not declare. */
  public static final class Asking extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.withColumn("by", lit(context.option("by").orElse("nobody")));
    }
  }

  /** Puts a secret into the plan. */
  public static final class Indiscreet extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.withColumn("key", lit(context.secret("key")));
    }
  }

  /** Sends a lambda to the executors. */
  public static final class Lambda extends Step {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      UDF1<Long, Long> next = id -> id == null ? null : id + 1;
      return rows.withColumn("id", udf(next, DataTypes.LongType).apply(col("id")));
    }
  }

  /** Never expects null. */
  public static final class Sure extends Step {
    /** Fails on null. */
    public static final class Twice implements UDF1<Long, Long> {
      private static final long serialVersionUID = 1L;

      @Override
      public Long call(Long id) {
        return Math.multiplyExact(id, 2L);
      }
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.withColumn("id", udf(new Twice(), DataTypes.LongType).apply(col("id")));
    }
  }

  /** A step that says that it explodes. */
  public abstract static class Exploding extends Step {
    @Override
    public StepKind kind() {
      return StepKind.EXPLODE;
    }
  }

  /** Makes two rows of each, as it should. */
  public static final class Explodes extends Exploding {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.withColumn("n", functions.explode(functions.array(lit(1), lit(2))));
    }
  }

  /** Explodes nothing. */
  public static final class ExplodesNothing extends Exploding {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows;
    }
  }

  /** Makes the second rows after all first ones. */
  public static final class United extends Exploding {
    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.union(rows);
    }
  }

  /** The same, within a task, which no plan shows. */
  public static final class Swapped extends Exploding {
    /** All rows twice. */
    public static final class Again implements MapPartitionsFunction<Row, Row> {
      private static final long serialVersionUID = 1L;

      @Override
      public Iterator<Row> call(Iterator<Row> rows) {
        List<Row> all = new ArrayList<>();
        rows.forEachRemaining(all::add);
        all.addAll(List.copyOf(all));
        return all.iterator();
      }
    }

    @Override
    public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
      return rows.mapPartitions(new Again(), Encoders.row(rows.schema()));
    }
  }

  /** Writes into the payload that it is given. */
  public static final class Scribbling implements PayloadTransform {
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
      return "scribbling";
    }

    @Override
    public List<TransformOption> options() {
      return List.of(TransformOption.secret("key", "A secret."));
    }

    @Override
    public StepKind kind() {
      return StepKind.ONE_TO_ONE;
    }

    @Override
    public PayloadFunction open(TransformContext context) {
      return (payload, coordinates) -> {
        payload[0] = '[';
        return Optional.of(payload);
      };
    }
  }
}
