package dev.tributary.phase2.execute;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.step.Coordinates;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The records that a plan works on.
 *
 * @param size how much that is
 * @param scope which of its entries' records
 * @param asOf the archives as they were when the work began: a retention that comes meanwhile makes
 *     no difference to it
 * @param held how many records of its range it leaves alone, since the table has them
 * @param kept what must be let go of at the end
 * @param replayed of a replay: what it found of its records
 */
record PlanInput(
    SourceSize size,
    RecordScope scope,
    ArchiveHeads asOf,
    long held,
    Optional<KeptRows> kept,
    Replayed replayed)
    implements AutoCloseable {
  /** Looks up what the plan is about; a plan that fills is told what the table holds. */
  static PlanInput of(Plan plan, DatasetSpec spec, SparkSession session, PlanLog log) {
    ArchiveHeads now = ArchiveHeads.of(plan.source(), session.sessionState().newHadoopConf());
    return of(plan, spec, now, log, List.of(), session);
  }

  /**
   * As above, of a plan that may be done again.
   *
   * @param asOf what the archives hold
   * @param setAside which records are set aside, as far as a run has said so
   */
  static PlanInput of(
      Plan plan,
      DatasetSpec spec,
      ArchiveHeads asOf,
      PlanLog log,
      List<RecordId> setAside,
      SparkSession session) {
    if (plan.kind() == PlanKind.REPLAY) {
      return Replayed.input(plan, asOf, log.folders(), setAside, session);
    }
    RecordScope scope = RecordScope.of(plan.source());
    Configuration configuration = session.sessionState().newHadoopConf();
    if (plan.replaces()) {
      asOf.requireHeld(plan.source(), configuration);
    }
    ArchiveReader reader = new ArchiveReader(scope, asOf);
    SourceSize size =
        SourceSize.of(
            plan.source(),
            asOf,
            configuration,
            () -> reader.undecoded(session, plan.source()).count());
    if (plan.kind() != PlanKind.BACKFILL || plan.replaces() || size.records() == 0) {
      return new PlanInput(size, scope, asOf, 0, Optional.empty(), Replayed.NOTHING);
    }
    KeptRows held =
        KeptRows.of(
            archived(
                reader.undecoded(session, plan.source()),
                new HeldRecords(session, log, spec).of(plan)));
    long count = held.rows().count();
    return new PlanInput(
        new SourceSize(size.records() - count, size.bytes()),
        count == 0 ? scope : scope.without(held.rows()),
        asOf,
        count,
        Optional.of(held),
        Replayed.NOTHING);
  }

  /** The coordinates of the source's records that are among others. */
  static Dataset<Row> archived(Dataset<Row> source, Dataset<Row> held) {
    Column same =
        Coordinates.RECORD.stream()
            .map(name -> Names.column("r", name).equalTo(Names.column("h", name)))
            .reduce(Column::and)
            .orElseThrow();
    return source
        .select(Coordinates.RECORD.stream().map(Names::column).toArray(Column[]::new))
        .as("r")
        .join(held.as("h"), same, "left_semi");
  }

  @Override
  public void close() {
    kept.ifPresent(KeptRows::close);
  }
}
