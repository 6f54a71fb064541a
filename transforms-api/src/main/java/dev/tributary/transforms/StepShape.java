package dev.tributary.transforms;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.DeserializeToObject;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.MapElements;
import org.apache.spark.sql.catalyst.plans.logical.MapPartitions;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.SerializeFromObject;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.TypedFilter;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What Spark's analysed plan shows of how many rows a step makes of each row; in this order each
 * allows what the one before does.
 */
public enum StepShape {
  /** Exactly one. */
  PROJECTION,
  /** One or none. */
  SELECTION,
  /** Any number, where the row stood: {@code explode}, {@code flatMap}. */
  EXPANSION,
  /** Any number, anywhere: rows are joined, united, grouped, sorted or sent to other tasks. */
  ANYTHING;

  /** The shape of a step that makes {@code after} of {@code before}. */
  public static StepShape of(Dataset<Row> before, Dataset<Row> after) {
    LogicalPlan from = plan(before);
    StepShape shape = PROJECTION;
    LogicalPlan plan = plan(after);
    while (plan != from && !plan.fastEquals(from)) {
      List<LogicalPlan> children = CollectionConverters.asJava(plan.children());
      shape = of(plan).compareTo(shape) > 0 ? of(plan) : shape;
      if (shape == ANYTHING || children.size() != 1) {
        return ANYTHING;
      }
      plan = children.get(0);
    }
    return shape;
  }

  private static StepShape of(LogicalPlan node) {
    if (node instanceof Project || node instanceof SubqueryAlias) {
      return PROJECTION;
    }
    if (node instanceof Filter || node instanceof TypedFilter) {
      return SELECTION;
    }
    boolean expands =
        node instanceof Generate
            || node instanceof Expand
            || node instanceof MapPartitions
            || node instanceof MapElements
            || node instanceof DeserializeToObject
            || node instanceof SerializeFromObject;
    return expands ? EXPANSION : ANYTHING;
  }

  private static LogicalPlan plan(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
  }
}
