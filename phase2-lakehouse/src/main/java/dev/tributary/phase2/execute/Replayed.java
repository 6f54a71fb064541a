package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.broadcast;

import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.step.Coordinates;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What a replay found of the records that it is about.
 *
 * @param rows how many rows of the quarantine stand for those that the archive holds
 * @param absent those that it does not hold any more
 */
record Replayed(long rows, List<RecordId> absent) {
  /** Of a plan that replays nothing. */
  static final Replayed NOTHING = new Replayed(0, List.of());

  Replayed {
    absent = List.copyOf(absent);
  }

  /**
   * Looks up which records the plan works on, as of the archive that it names; where it is done
   * again, as of now, since the files of then may be gone: a rewrite keeps the records.
   *
   * @param now what the archive holds
   */
  static PlanInput input(
      Plan plan,
      ArchiveHeads now,
      TableFolders folders,
      List<RecordId> setAside,
      SparkSession session) {
    ArchiveHeads asOf =
        plan.again().isEmpty()
            ? new ArchiveHeads(plan.replay().orElseThrow().asOf(), now.erased())
            : now;
    ArchiveReader reader = new ArchiveReader(RecordScope.WHOLE, asOf);
    try (KeptRows open = KeptRows.of(new ReplayedRecords(session, folders).of(plan, setAside))) {
      KeptRows there =
          KeptRows.of(
              PlanInput.archived(reader.undecoded(session, plan.source()), broadcast(open.rows())));
      long count = there.rows().count();
      List<RecordId> absent =
          lacking(open.rows(), there.rows()).collectAsList().stream().map(BadRecord::id).toList();
      SourceSize whole =
          SourceSize.of(plan.source(), asOf, session.sessionState().newHadoopConf(), () -> count);
      long bytes = (long) (whole.bytes() * ((double) count / Math.max(1, whole.records())));
      return new PlanInput(
          new SourceSize(count, bytes),
          RecordScope.WHOLE.only(there.rows()),
          asOf,
          0,
          Optional.of(there),
          new Replayed(open.rows().count() - absent.size(), absent.stream().distinct().toList()));
    }
  }

  private static Dataset<Row> lacking(Dataset<Row> open, Dataset<Row> there) {
    Column same =
        Coordinates.RECORD.stream()
            .map(name -> Names.column("o", name).equalTo(Names.column("a", name)))
            .reduce(Column::and)
            .orElseThrow();
    return open.as("o").join(broadcast(there.as("a")), same, "left_anti");
  }

  /** As the plan log holds them. */
  List<BadRecords.Absent> logged() {
    return absent.stream()
        .map(id -> new BadRecords.Absent(id.topic(), id.incarnation(), id.partition(), id.offset()))
        .toList();
  }
}
