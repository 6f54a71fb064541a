package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.jsonschema.MessageSchema;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.JsonSchemaSpec;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.transforms.SqlExpression;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * What a dataset expects of its rows. A row is checked as the table would get it; an event that
 * deletes is not, since nothing of it is written. An expectation holds where it is true, and
 * nowhere else.
 */
final class Expectations {
  /** The step's name in the ledger and in the quarantine. */
  static final String STEP = "checks";

  /** The code of a record that does not meet one. */
  static final String CODE = "expectation";

  private final DatasetSpec spec;
  private final List<Expectation> all;
  private final Optional<JsonSchemaSpec> jsonSchema;

  Expectations(DatasetSpec spec) {
    this.spec = spec;
    this.all =
        Stream.concat(
                EventTime.expectations(spec).stream(),
                spec.checks().expectations().stream().map(Expectation::of))
            .toList();
    this.jsonSchema = spec.checks().jsonSchema();
  }

  /** Whether there are any. */
  boolean any() {
    return !all.isEmpty();
  }

  /**
   * Refuses what is no predicate of one row that comes out the same when a plan is done again.
   *
   * @param rows as the table would get them
   * @throws TributaryException SPEC_INVALID
   */
  void requireUsable(Dataset<Row> rows) {
    jsonSchema.ifPresent(MessageSchema::requireValid);
    all.forEach(expectation -> requireUsable(rows, expectation));
  }

  private void requireUsable(Dataset<Row> rows, Expectation expectation) {
    Column predicate;
    try {
      predicate =
          SqlExpression.of(
              rows,
              "expectation " + expectation.name(),
              expectation.predicate(),
              Coordinates.INGEST_TIME);
    } catch (IllegalArgumentException e) {
      throw unusable(e.getMessage(), e);
    }
    DataType type = rows.select(predicate).schema().fields()[0].dataType();
    if (!type.sameType(DataTypes.BooleanType)) {
      throw unusable(
          "The expectation %s, '%s', is of the type %s. Make it a comparison or another predicate."
              .formatted(expectation.name(), expectation.predicate(), type.sql()),
          null);
    }
  }

  private TributaryException unusable(String problem, Exception cause) {
    return new TributaryException(
        ErrorCode.SPEC_INVALID,
        "The checks of dataset '%s' cannot be used. %s".formatted(spec.name(), problem),
        cause);
  }

  /**
   * The rows that go on.
   *
   * @param rows as the table would get them, with the records' keys besides
   * @param diversion is told of every row that does not meet an expectation
   */
  Dataset<Row> applied(Dataset<Row> rows, Diversion diversion) {
    if (!any()) {
      return rows;
    }
    Column[] each = all.stream().map(this::holds).toArray(Column[]::new);
    Column every = Stream.of(each).reduce(Column::and).orElseThrow();
    Column row =
        struct(
            ArchiveRows.columns(
                Coordinates.ALL, List.of(Names.column(ArchiveRows.KEY), array(each))));
    Dataset<Row> held = rows.filter(every.or(ArchiveRows.call(new CheckRow(diversion, all), row)));
    return EventTime.millis(spec)
        .map(time -> deletes().map(gone -> when(not(gone), time)).orElse(time))
        .map(time -> held.filter(ArchiveRows.call(new SeeEventTime(diversion), time)))
        .orElse(held);
  }

  /**
   * The rows that {@link #applied} takes out because they come too late for the table, and that
   * nothing else takes out.
   */
  Dataset<Row> late(Dataset<Row> rows) {
    Column late = lit(false);
    Column others = lit(true);
    for (Expectation each : all) {
      switch (each.policy()) {
        case TABLE -> late = late.or(not(holds(each)));
        case QUARANTINE, DROP -> others = others.and(holds(each));
        case WARN, FAIL -> {
          // Such rows go on.
        }
      }
    }
    return rows.filter(late.and(others));
  }

  /** Never null, and true for an event that deletes, whatever it would throw. */
  private Column holds(Expectation expectation) {
    Column holds = coalesce(expr(expectation.predicate()), lit(false));
    return deletes().map(gone -> gone.or(holds)).orElse(holds);
  }

  /** Whether an event deletes; never null. */
  private Optional<Column> deletes() {
    return spec.write()
        .deleteWhen()
        .filter(predicate -> spec.write().mode().keyed())
        .map(predicate -> coalesce(expr(predicate), lit(false)));
  }

  /** How each fared in a plan without records. */
  List<ExpectationCount> unasked() {
    return counts(Map.of());
  }

  /**
   * How each fared. Of a record in quarantine the list of those says it, since a pass that is made
   * again leaves it out.
   */
  List<ExpectationCount> counts(Diverted diverted, List<BadRecord> bad) {
    Map<String, Long> failed = new TreeMap<>(diverted.unmet());
    bad.forEach(record -> record.unmet().forEach(name -> failed.merge(name, 1L, Long::sum)));
    return counts(failed);
  }

  /** The JSON Schema, which is looked at first, counts as one of them. */
  private List<ExpectationCount> counts(Map<String, Long> failed) {
    Stream<ExpectationCount> first =
        jsonSchema.stream().map(check -> count(SchemaCheck.STEP, check.policy(), failed));
    return Stream.concat(first, all.stream().map(each -> count(each.name(), each.policy(), failed)))
        .toList();
  }

  private static ExpectationCount count(String name, CheckPolicy policy, Map<String, Long> failed) {
    return new ExpectationCount(name, policy.text(), failed.getOrDefault(name, 0L));
  }

  /**
   * Refuses a plan with a record that it must not have, unless an operator has accepted it.
   *
   * @throws TributaryException PLAN_NOT_ADMITTED
   */
  void admit(PlanWork work, Diverted diverted, List<BadRecord> bad) {
    if (work.limitsLifted()) {
      return;
    }
    for (ExpectationCount count : counts(diverted, bad)) {
      if (count.failed() > 0 && count.policy().equals(CheckPolicy.FAIL.text())) {
        throw new TributaryException(
            ErrorCode.PLAN_NOT_ADMITTED,
            "Plan %d of dataset '%s' has %d of %d records for which the expectation '%s', whose policy is fail, does not hold; the first: %s. Correct the data or the dataset; then accept the plan, which writes these rows all the same, or void it, to go on with another version."
                .formatted(
                    work.plan().plan(),
                    spec.name(),
                    count.failed(),
                    work.size().records(),
                    count.name(),
                    first(count.name(), diverted, bad)));
      }
    }
  }

  private static RecordId first(String name, Diverted diverted, List<BadRecord> bad) {
    Stream<RecordId> aside =
        bad.stream().filter(record -> record.unmet().contains(name)).map(BadRecord::id);
    return Stream.concat(aside, Optional.ofNullable(diverted.firstUnmet().get(name)).stream())
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }
}
