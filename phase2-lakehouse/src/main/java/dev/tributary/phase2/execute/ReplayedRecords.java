package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.step.Coordinates;
import io.delta.tables.DeltaTable;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The rows of the quarantine that stand for the records which a replay takes up again. */
final class ReplayedRecords {
  private static final String AGAIN = "__tributary_again";
  private static final String TARGET = "t";
  private static final String SOURCE = "s";

  private final SparkSession session;
  private final TableFolders folders;

  ReplayedRecords(SparkSession session, TableFolders folders) {
    this.session = session;
    this.folders = folders;
  }

  /** Their coordinates, and the plans that set them aside. */
  Dataset<Row> of(Plan plan) {
    return new Quarantine(session, folders.quarantine())
        .open(plan.dataset(), plan.generation(), plan.plan(), plan.replay().orElseThrow())
        .filter(expr(SourceCondition.of(plan.source())))
        .select(ArchiveRows.columns(Coordinates.RECORD, List.of(Names.column(Quarantine.PLAN))))
        .distinct();
  }

  /**
   * As above, also where the plan does one again: what that one has resolved or set aside again
   * does not stand under an earlier plan any more.
   *
   * @param setAside what it has set aside
   */
  Dataset<Row> of(Plan plan, List<RecordId> setAside) {
    if (plan.again().isEmpty()) {
      return of(plan);
    }
    Column[] columns =
        ArchiveRows.columns(Coordinates.RECORD, List.of(Names.column(Quarantine.PLAN)));
    return of(plan)
        .union(new Quarantine(session, folders.quarantine()).resolvedBy(plan).select(columns))
        .union(
            Exclusion.ids(session, setAside)
                .withColumn(Quarantine.PLAN, lit(plan.plan()))
                .select(columns))
        .dropDuplicates(Coordinates.RECORD.toArray(String[]::new));
  }

  /**
   * Marks as resolved what passed, and takes out what the plan has set aside again under a row of
   * its own, in one commit. It comes after the table's, so that a plan that is made void has
   * changed nothing. Done again it finds nothing: a run that comes back from the dead does no harm.
   *
   * @param decided what the plan set aside, and what it did not find
   * @param heads of the archives now
   */
  void settle(Plan plan, BadRecords decided, ArchiveHeads heads, Instant at) {
    Quarantine quarantine = new Quarantine(session, folders.quarantine());
    Contention.outlast(
        folders.quarantine(),
        () -> {
          if (of(plan).isEmpty()) {
            return;
          }
          quarantine.requireResolution();
          try (KeptRows rows = KeptRows.of(read(plan, decided, heads))) {
            merge(plan, rows.rows(), at);
          }
        });
  }

  private Dataset<Row> read(Plan plan, BadRecords decided, ArchiveHeads heads) {
    List<RecordId> absent =
        decided.absent().stream()
            .map(
                each ->
                    new RecordId(each.topic(), each.incarnation(), each.partition(), each.offset()))
            .toList();
    List<RecordId> again =
        decided.records().stream().map(BadRecord::of).map(BadRecord::id).toList();
    Seq<String> record = CollectionConverters.asScala(Coordinates.RECORD).toSeq();
    Dataset<Row> open = Exclusion.leaveOut(session, of(plan), absent);
    Dataset<Row> aside = Exclusion.ids(session, again);
    if (!again.isEmpty() && heads.mayLack(plan)) {
      // What was erased before it could be set aside anew has no row of the plan to stand for it.
      Dataset<Row> standing =
          PlanInput.archived(aside, new Quarantine(session, folders.quarantine()).of(plan));
      open = open.join(broadcast(aside.join(standing, record, "left_anti")), record, "left_anti");
      aside = standing;
    }
    return open.join(broadcast(aside.withColumn(AGAIN, lit(true))), record, "left_outer")
        .withColumn(AGAIN, coalesce(Names.column(AGAIN), lit(false)));
  }

  private void merge(Plan plan, Dataset<Row> rows, Instant at) {
    Column same =
        Stream.concat(Coordinates.RECORD.stream(), Stream.of(Quarantine.PLAN))
            .map(name -> Names.column(TARGET, name).equalTo(Names.column(SOURCE, name)))
            .reduce(Column::and)
            .orElseThrow()
            .and(Names.column(TARGET, Quarantine.GENERATION).leq(plan.generation()))
            .and(Names.column(TARGET, Quarantine.RESOLVED_PLAN).isNull());
    DeltaTable.forPath(session, folders.quarantine().toString())
        .as(TARGET)
        .merge(rows.as(SOURCE), same)
        .whenMatched(Names.column(SOURCE, AGAIN))
        .delete()
        .whenMatched()
        .update(resolution(plan, at))
        .execute();
  }

  /** The table has the record now, or something newer: its row is history, and keeps no value. */
  private Map<String, Column> resolution(Plan plan, Instant at) {
    Map<String, Column> resolution = new HashMap<>();
    resolution.put(Quarantine.RESOLVED_AT, lit(Timestamp.from(at)));
    resolution.put(Quarantine.RESOLVED_PLAN, lit(plan.plan()));
    List<String> columns =
        List.of(new Quarantine(session, folders.quarantine()).all().schema().fieldNames());
    for (StructField field : RecordValues.schema().fields()) {
      if (columns.contains(field.name())) {
        resolution.put(field.name(), lit(null).cast(field.dataType()));
      }
    }
    return resolution;
  }
}
