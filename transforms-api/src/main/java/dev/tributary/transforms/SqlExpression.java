package dev.tributary.transforms;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.functions;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Reads the Spark SQL expression of an option. It is a function of one row: what asks the clock,
 * draws random numbers, or looks at other rows or tables is refused, since a plan that is done
 * again must come out the same.
 */
public final class SqlExpression {
  /** The parser makes a constant of it, so that the plan does not show it. */
  private static final Pattern CLOCK_LITERAL =
      Pattern.compile(
          "\\b(?:date|timestamp|timestamp_ltz|timestamp_ntz)\\s*r?(['\"])(?<text>.*?)\\1",
          Pattern.CASE_INSENSITIVE);

  private SqlExpression() {}

  /**
   * The expression that the option {@code option} holds, over the columns of {@code rows}.
   *
   * @throws IllegalArgumentException if it is none, or not a deterministic function of one row
   */
  public static Column of(Dataset<Row> rows, TransformContext context, String option) {
    return of(rows, "option " + option, context.required(option), context.ingestTimeColumn());
  }

  /**
   * An expression over the columns of {@code rows}.
   *
   * @param what what it is, for people: "option where"
   * @param text the expression
   * @param ingestTimeColumn what to use for "now"
   * @throws IllegalArgumentException if it is none, or not a deterministic function of one row
   */
  public static Column of(Dataset<Row> rows, String what, String text, String ingestTimeColumn) {
    Column column;
    LogicalPlan plan;
    try {
      column = functions.expr(text);
      plan =
          ((org.apache.spark.sql.classic.Dataset<Row>) rows.select(column))
              .queryExecution()
              .analyzed();
    } catch (Exception e) {
      // Spark's errors of parsing and analysis are checked, which its signatures do not say.
      throw new IllegalArgumentException(
          "The %s, '%s', is no SQL expression over the columns %s: %s Correct it."
              .formatted(what, text, Arrays.toString(rows.columns()), firstLine(e)),
          e);
    }
    LogicalPlan before =
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
    // Windows and generators put a plan of their own beneath it, aggregates one in its place.
    if (!(plan instanceof Project project)
        || project.projectList().size() != 1
        || !project.child().fastEquals(before)) {
      throw new IllegalArgumentException(
          "The %s, '%s', is no expression of one row. Leave out aggregates, windows, explode and *."
              .formatted(what, text));
    }
    Expression expression = CollectionConverters.asJava(plan.expressions()).iterator().next();
    if (expression.containsPattern(TreePattern.PLAN_EXPRESSION())) {
      throw new IllegalArgumentException(
          "The %s, '%s', holds a query. Leave out subqueries.".formatted(what, text));
    }
    Optional<String> violation = clockLiteral(text).or(() -> Determinism.inExpression(expression));
    if (violation.isPresent()) {
      throw new IllegalArgumentException(
          "The %s, '%s', uses %s, which is not the same when a plan is done again. For \"now\" use the ingest time, the column %s."
              .formatted(what, text, violation.get(), ingestTimeColumn));
    }
    return column;
  }

  private static Optional<String> clockLiteral(String text) {
    Matcher literals = CLOCK_LITERAL.matcher(text);
    while (literals.find()) {
      if (Determinism.isClock(literals.group("text"))) {
        return Optional.of(literals.group());
      }
    }
    return Optional.empty();
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("");
  }
}
