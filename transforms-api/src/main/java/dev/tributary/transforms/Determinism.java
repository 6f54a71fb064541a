package dev.tributary.transforms;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.AesEncrypt;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionWithRandomSeed;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Finds what gives other values when a plan is done again: the clock, random numbers, names of the
 * session or the user. It looks at Spark's analysed plan, so it knows every function that Spark
 * knows; what a compiled function does inside, it does not see.
 */
public final class Determinism {
  /** How a string that is cast to a date or a time can mean the clock. */
  private static final Set<String> CLOCK_WORDS = Set.of("now", "today", "tomorrow", "yesterday");

  private Determinism() {}

  /** The function in the plan of {@code rows} that is not deterministic, by its SQL name. */
  public static Optional<String> violation(Dataset<Row> rows) {
    return inPlan(((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed());
  }

  private static Optional<String> inPlan(LogicalPlan plan) {
    for (Expression expression : list(plan.expressions())) {
      Optional<String> found = inExpression(expression);
      if (found.isPresent()) {
        return found;
      }
    }
    for (LogicalPlan child : list(plan.children())) {
      Optional<String> found = inPlan(child);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  static Optional<String> inExpression(Expression expression) {
    for (Expression child : list(expression.children())) {
      Optional<String> found = inExpression(child);
      if (found.isPresent()) {
        return found;
      }
    }
    boolean current = expression.nodePatterns().contains(TreePattern.CURRENT_LIKE());
    // Spark takes some of these for deterministic: the seed, the initialisation vector are drawn.
    boolean random =
        expression instanceof ExpressionWithRandomSeed || expression instanceof AesEncrypt;
    if (!expression.deterministic() || current || random || castsClock(expression)) {
      return Optional.of(expression.prettyName());
    }
    return Optional.empty();
  }

  private static boolean castsClock(Expression expression) {
    if (!(expression instanceof Cast cast) || !(cast.child().dataType() instanceof StringType)) {
      return false;
    }
    boolean time =
        cast.dataType() instanceof DateType
            || cast.dataType() instanceof TimestampType
            || cast.dataType() instanceof TimestampNTZType;
    if (!time || !cast.child().foldable()) {
      return false;
    }
    return cast.child().eval(null) instanceof UTF8String text && isClock(text.toString());
  }

  static boolean isClock(String text) {
    String[] words = text.strip().toLowerCase(Locale.ROOT).split("\\s+");
    return CLOCK_WORDS.contains(words[0]);
  }

  private static <T> List<T> list(Seq<T> values) {
    return CollectionConverters.asJava(values);
  }
}
