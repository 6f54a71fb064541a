package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.udf;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.Step;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.StepShape;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * Counts the rows around the steps on rows, as far as their accounts need it, and holds steps to
 * the kind that they declare. Where Spark's plan shows that a step can do no other, nothing is
 * looked at while rows are computed.
 */
final class StepCounts {
  private final DatasetSpec spec;
  private final Diversion diversion;
  private boolean exploded;
  private Optional<String> scattering = Optional.empty();

  StepCounts(DatasetSpec spec, Diversion diversion) {
    this.spec = spec;
    this.diversion = diversion;
  }

  /** The rows before the first step. */
  Dataset<Row> numbered(Dataset<Row> rows) {
    return spec.explodes() ? rows.withColumn(Coordinates.ROW, lit(0)) : rows;
  }

  /** The rows before a step. */
  Dataset<Row> entering(Step<RowTransform> step, Dataset<Row> rows) {
    StepKind kind = step.transform().kind();
    if (kind != StepKind.EXPLODE && kind != StepKind.COMBINE) {
      return rows;
    }
    diversion.declare(step.label());
    return rows.filter(
        ArchiveRows.call(new CountEntered(diversion, step.label(), kind), col(Coordinates.OFFSET)));
  }

  /**
   * The rows that a step has made, before the bad ones are taken out, with their numbers.
   *
   * @throws TributaryException TRANSFORM_INVALID where they cannot be numbered
   */
  Dataset<Row> made(Step<RowTransform> step, Dataset<Row> before, Dataset<Row> after) {
    StepShape shape = StepShape.of(before, after);
    if (step.transform().kind() != StepKind.EXPLODE) {
      if (exploded && shape == StepShape.ANYTHING) {
        scattering = Optional.of(step.label());
      }
      return after;
    }
    exploded = true;
    if (scattering.isPresent()) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The transform '%s' of dataset '%s' explodes rows whose records a step before it has exploded, and '%s' between the two may part the rows of a record, so that they could not be numbered. Move that step before the first that explodes, or behind the last."
              .formatted(step.label(), spec.name(), scattering.get()));
    }
    if (shape == StepShape.ANYTHING) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The transform '%s' of dataset '%s' explodes records by more than select, filter, explode and flatMap, so that the rows of a record could not be numbered alike each time. Leave out joins, unions, groups and sorts, or give them a step of their own."
              .formatted(step.label(), spec.name()));
    }
    return after.withColumn(
        Coordinates.ROW,
        udf(new NumberRows(diversion, step.label()), DataTypes.IntegerType)
            .asNondeterministic()
            .apply(row()));
  }

  /**
   * The rows that leave a step, without the bad ones.
   *
   * @param counted whether their number must be known
   */
  Dataset<Row> leaving(
      Step<RowTransform> step,
      Dataset<Row> before,
      Dataset<Row> made,
      Dataset<Row> rows,
      Counted counted) {
    StepKind kind = step.transform().kind();
    if (kind == StepKind.EXPLODE) {
      return rows;
    }
    if (kind == StepKind.COMBINE) {
      return rows.filter(ArchiveRows.call(new CountOnce(diversion, step.label()), row()));
    }
    StepShape most = kind == StepKind.FILTER ? StepShape.SELECTION : StepShape.PROJECTION;
    if (StepShape.of(before, made).compareTo(most) > 0) {
      diversion.declare(step.label());
      return rows.filter(ArchiveRows.call(new CountOnce(diversion, step.label()), row()));
    }
    return counted == Counted.ALWAYS
        ? rows.filter(
            ArchiveRows.call(new CountPassed(diversion, step.label()), col(Coordinates.OFFSET)))
        : rows;
  }

  /** Whether the rows that leave a step are counted though it can do no other than it declares. */
  enum Counted {
    ALWAYS,
    IF_IN_DOUBT
  }

  /** What names a row. */
  private Column row() {
    Column number = spec.explodes() ? coalesce(col(Coordinates.ROW), lit(0)) : lit(0);
    return struct(ArchiveRows.columns(Coordinates.RECORD, List.of(number)));
  }
}
