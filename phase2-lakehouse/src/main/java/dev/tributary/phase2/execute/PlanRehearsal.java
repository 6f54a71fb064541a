package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.BesideVersions;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.MarkedCommit;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;

/**
 * Does everything of a plan but the commits: nothing is written, neither to a table nor beside the
 * plans. Used by one thread at a time.
 */
public final class PlanRehearsal {
  private static final int MOST_FAILURES = 20;
  private static final int MOST_PARTITIONS = 100;

  private final PlanLog log;
  private final DatasetSpec spec;
  private final DatasetSession dataset;

  /**
   * A rehearsal of plans of one dataset version.
   *
   * @param jars gives a JAR's content by its SHA-256
   * @throws TributaryException TRANSFORM_INVALID, TRANSFORM_FAILED, SPEC_INVALID
   */
  public PlanRehearsal(
      SparkSession spark, PlanLog log, DatasetSpec spec, Function<String, byte[]> jars) {
    this.log = log;
    this.spec = spec;
    this.dataset = DatasetSession.open(spark, spec, jars);
    PlanExecutor.within(
        dataset.session(),
        () -> {
          PlanExecutor.analyse(spec, dataset);
          return spec;
        });
  }

  /** What the version would change of the table's columns, each in words. */
  public List<String> schemaChanges() {
    return PlanExecutor.within(
        dataset.session(),
        () -> {
          Optional<TableState> state = state();
          if (state.isEmpty()) {
            return List.of("the table would be created");
          }
          List<String> changes = new ArrayList<>();
          for (StructField field : TableLayout.tableSchema(spec).fields()) {
            Optional<StructField> there =
                Arrays.stream(state.get().schema().fields())
                    .filter(other -> other.name().equalsIgnoreCase(field.name()))
                    .findFirst();
            if (there.isEmpty()) {
              changes.add("add column %s %s".formatted(field.name(), field.dataType().sql()));
            } else if (!there.get().dataType().sameType(field.dataType())) {
              changes.add(
                  "column %s is %s in the table and %s in the version"
                      .formatted(
                          field.name(), there.get().dataType().sql(), field.dataType().sql()));
            }
          }
          return changes;
        });
  }

  /**
   * What the plan would do to the table as it is now.
   *
   * @throws TributaryException TRANSFORM_FAILED, UNACCOUNTED and what the archive throws
   */
  public Rehearsed rehearse(Plan plan) {
    return PlanExecutor.within(dataset.session(), () -> inSession(plan));
  }

  private Rehearsed inSession(Plan plan) {
    try (PlanInput input = PlanInput.of(plan, spec, dataset.session(), log)) {
      PlanWork lenient = work(plan, input, true);
      PlanWork strict = work(plan, input, false);
      Trial trial =
          input.size().records() == 0
              ? new Trial(
                  Accounts.counts(
                      Prepared.nothingNew(
                          lenient,
                          new Settlement.Settled<>(
                              "", lenient.diversion().value(), List.of(), List.of())),
                      nothingMerged()),
                  List.of(),
                  lenient.diversion().value(),
                  List.of())
              : tried(lenient);
      return rehearsed(plan, strict, trial);
    }
  }

  private PlanWork work(Plan plan, PlanInput input, boolean limitsLifted) {
    PlanMark mark = new PlanMark(log.application(), plan.plan());
    return new PlanWork(
        plan,
        spec,
        dataset,
        log,
        plan.run(),
        mark,
        input,
        limitsLifted,
        -1,
        BesideVersions.NONE,
        false);
  }

  private Trial tried(PlanWork work) {
    return switch (spec.write().mode()) {
      case APPEND -> new AppendWrite(work).rehearse(this::partitions);
      case UPSERT -> new UpsertWrite(work).rehearse(this::partitions);
      case HISTORY -> new HistoryWrite(work).rehearse(this::partitions);
    };
  }

  static MarkedCommit nothingMerged() {
    return new MarkedCommit(-1, "", Map.of());
  }

  /**
   * What a write without a commit came to.
   *
   * @param partitions those of the rows that it would write
   */
  record Trial(
      PlanCounts counts, List<BadRecord> bad, Diverted diverted, List<String> partitions) {}

  private Rehearsed rehearsed(Plan plan, PlanWork strict, Trial trial) {
    Map<String, Long> byCode = new TreeMap<>();
    trial.bad().forEach(record -> byCode.merge(record.code(), 1L, Long::sum));
    List<BadRecords.Bad> first =
        trial.bad().stream().limit(MOST_FAILURES).map(BadRecord::logged).toList();
    List<String> partitions = new ArrayList<>(trial.partitions());
    Replaced replaced = new Replaced(0, strict.input().replayed().rows());
    if (plan.replaces()) {
      Dataset<Row> out = replaced(plan);
      replaced =
          new Replaced(
              out.count(),
              strict.quarantine().before(plan).count(),
              strict.lateTable().before(plan).map(Dataset::count).orElse(0L));
      partitions(out).stream().filter(each -> !partitions.contains(each)).forEach(partitions::add);
    }
    return new Rehearsed(
        trial.counts(),
        replaced,
        first,
        byCode,
        new Expectations(spec).counts(trial.diverted(), trial.bad()),
        partitions,
        refusal(strict, trial));
  }

  private static Optional<String> refusal(PlanWork strict, Trial trial) {
    try {
      if (!trial.bad().isEmpty()) {
        strict.admit(trial.bad(), trial.bad().size());
      }
      StepPolicies.admit(strict, trial.bad());
      new Expectations(strict.spec()).admit(strict, trial.diverted(), trial.bad());
      return Optional.empty();
    } catch (TributaryException e) {
      if (e.code() == ErrorCode.PLAN_NOT_ADMITTED) {
        return Optional.of(e.getMessage());
      }
      throw e;
    }
  }

  private Dataset<Row> replaced(Plan plan) {
    Dataset<Row> table =
        state().isPresent()
            ? TableLayout.fromTable(
                spec,
                dataset.session().read().format("delta").load(log.folders().table().toString()))
            : dataset.session().createDataFrame(List.<Row>of(), TableLayout.schema(spec));
    return table.filter(state().isPresent() ? expr(SourceCondition.of(plan.source())) : lit(true));
  }

  private List<String> partitions(Dataset<Row> rows) {
    List<String> columns = spec.partitions().stream().map(PartitionColumn::name).toList();
    if (columns.isEmpty()) {
      return List.of();
    }
    return rows
        .select(columns.stream().map(Names::column).toArray(Column[]::new))
        .distinct()
        .limit(MOST_PARTITIONS)
        .collectAsList()
        .stream()
        .map(row -> partition(columns, row))
        .sorted()
        .toList();
  }

  private static String partition(List<String> columns, Row row) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      parts.add("%s=%s".formatted(columns.get(i), row.get(i)));
    }
    return String.join("/", parts);
  }

  private Optional<TableState> state() {
    return new DeltaTransactions(dataset.session()).state(log.folders().table());
  }
}
