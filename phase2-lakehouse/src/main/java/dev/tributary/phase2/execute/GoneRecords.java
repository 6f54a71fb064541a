package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.broadcast;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.step.Coordinates;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

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
   * commit. Who erased the records takes the rows out, in a plan to come.
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

  /** What stands in the late table; where nothing was ever erased, that costs no look. */
  Late late() {
    if (!work.spec().checks().routesLate() || !work.input().asOf().erased(work.plan().source())) {
      return Late.NONE;
    }
    Optional<Dataset<Row>> own = work.lateTable().own(work.plan());
    List<RecordId> gone = own.map(this::among).orElse(List.of());
    return gone.isEmpty()
        ? Late.NONE
        : new Late(
            gone.size(),
            PlanInput.archived(own.get(), broadcast(Exclusion.ids(work.session(), gone))).count());
  }

  /** The records of rows, with the coordinates under their own names, that are gone. */
  private List<RecordId> among(Dataset<Row> rows) {
    List<RecordId> ids =
        rows
            .select(Coordinates.RECORD.stream().map(Names::column).toArray(Column[]::new))
            .distinct()
            .collectAsList()
            .stream()
            .map(BadRecord::id)
            .toList();
    Set<RecordId> there = archived(ids);
    return ids.stream().filter(id -> !there.contains(id)).toList();
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
}
