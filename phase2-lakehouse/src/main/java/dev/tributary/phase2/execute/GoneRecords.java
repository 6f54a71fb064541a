package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_distinct;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.step.Coordinates;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Finds among the records that a plan has decided to set aside, or has put into the late table,
 * those that were erased from the archive since. The plan does not read them any more, so that it
 * sets none of them aside that was not set aside before: what no account and no row of the
 * quarantine speaks of is let go of, and the rest counts as read and quarantined, as it did.
 */
final class GoneRecords {
  private final PlanWork work;

  GoneRecords(PlanWork work) {
    this.work = work;
  }

  /**
   * What a plan sets aside.
   *
   * @param counted the records that count as quarantined
   * @param unread how many of these the archive does not hold any more
   * @param letGo those of the decided ones that do not count
   */
  record Split(List<BadRecord> counted, long unread, List<RecordId> letGo) {
    Split {
      counted = List.copyOf(counted);
      letGo = List.copyOf(letGo);
    }

    /** Of records that the plan has just read. */
    static Split held(List<BadRecord> all) {
      return new Split(all, 0, List.of());
    }
  }

  /**
   * Rows that another attempt at a plan has put into the late table, of records that the plan does
   * not read any more. They count as read and routed: a run that read them may be at the table's
   * commit. An erasure takes the rows out in its own plan, which is yet to come.
   *
   * @param records how many records that is
   * @param rows how many rows
   */
  record Late(long records, long rows) {
    static final Late NONE = new Late(0, 0);
  }

  /** Splits what was decided; where nothing was ever erased, that costs no look at the archive. */
  Split of(List<BadRecord> decided) {
    if (decided.isEmpty() || !work.input().asOf().erased(work.plan().source())) {
      return Split.held(decided);
    }
    Set<RecordId> there = archived(decided.stream().map(BadRecord::id).toList());
    List<BadRecord> gone = decided.stream().filter(bad -> !there.contains(bad.id())).toList();
    if (gone.isEmpty()) {
      return Split.held(decided);
    }
    Set<RecordId> counted = new HashSet<>(countedBefore(gone, decided.size() - gone.size()));
    return new Split(
        decided.stream()
            .filter(bad -> there.contains(bad.id()) || counted.contains(bad.id()))
            .toList(),
        counted.size(),
        gone.stream().map(BadRecord::id).filter(id -> !counted.contains(id)).toList());
  }

  /**
   * What stands in the late table; where nothing was ever erased, that costs no look. They may be
   * all records of the plan: none of them comes to the driver.
   */
  Late late() {
    if (!work.spec().checks().routesLate() || !work.input().asOf().erased(work.plan().source())) {
      return Late.NONE;
    }
    Optional<Dataset<Row>> own = work.lateTable().own(work.plan()).filter(rows -> !rows.isEmpty());
    if (own.isEmpty()) {
      return Late.NONE;
    }
    Dataset<Row> there =
        new ArchiveReader(RecordScope.WHOLE, work.input().asOf())
            .undecoded(work.session(), work.plan().source());
    Column[] record = Coordinates.RECORD.stream().map(Names::column).toArray(Column[]::new);
    Row gone =
        own.get()
            .select(record)
            .join(there.select(record), seq(Coordinates.RECORD), "left_anti")
            .agg(
                count_distinct(record[0], Arrays.copyOfRange(record, 1, record.length)), count("*"))
            .head();
    return new Late(gone.getLong(0), gone.getLong(1));
  }

  private Set<RecordId> archived(List<RecordId> records) {
    RecordScope scope = RecordScope.WHOLE.only(Exclusion.ids(work.session(), records));
    Set<RecordId> there = new HashSet<>();
    new ArchiveReader(scope, work.input().asOf())
        .undecoded(work.session(), work.plan().source())
        .collectAsList()
        .forEach(row -> there.add(BadRecord.id(row)));
    return there;
  }

  /**
   * Which of them count. Of a plan that is done again it is as many as that one has counted: a row
   * that was taken out of the quarantine since is in the account of who did so.
   */
  private List<RecordId> countedBefore(List<BadRecord> gone, int held) {
    List<RecordId> ids = gone.stream().map(BadRecord::id).sorted().toList();
    Optional<PlanAccount> before = work.log().doneBefore(work.plan().plan());
    if (before.isPresent()) {
      long counted = before.get().counts().quarantined() - held;
      return ids.subList(0, (int) Math.max(0, Math.min(ids.size(), counted)));
    }
    return standing(ids);
  }

  private List<RecordId> standing(List<RecordId> ids) {
    return PlanInput.archived(
            work.quarantine().of(work.plan()), broadcast(Exclusion.ids(work.session(), ids)))
        .distinct()
        .collectAsList()
        .stream()
        .map(BadRecord::id)
        .toList();
  }

  /**
   * Refuses to count on, where another run of the plan, which still read them, has set aside what
   * this one let go of. Comes after the quarantine, which nobody writes to for the plan then.
   */
  void requireLetGo(Split split) {
    if (!split.letGo().isEmpty()
        && work.log().doneBefore(work.plan().plan()).isEmpty()
        && !standing(split.letGo()).isEmpty()) {
      throw new TributaryException(
          ErrorCode.TABLE_UNAVAILABLE,
          "Another run has set records of plan %d of dataset '%s' aside that were erased from the archive meanwhile. The plan is done again."
              .formatted(work.plan().plan(), work.spec().name()));
    }
  }

  /**
   * Refuses to count on, where another run of the plan has put late rows of records that this one
   * does not read, and has not counted.
   */
  void requireCounted(Late counted) {
    if (!late().equals(counted)) {
      throw new TributaryException(
          ErrorCode.TABLE_UNAVAILABLE,
          "Another run has put rows of records of plan %d of dataset '%s' into the late table that were erased from the archive meanwhile. The plan is done again."
              .formatted(work.plan().plan(), work.spec().name()));
    }
  }

  private static scala.collection.immutable.Seq<String> seq(List<String> names) {
    return CollectionConverters.asScala(names).toSeq();
  }
}
