package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.storage.FaultPoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Appends a plan's rows in one pass: the good ones go to files that nobody sees yet, the bad ones
 * are collected on the way, and the commit comes when both are known.
 */
final class AppendWrite {
  /** Less than this in a task is not worth a file of its own. */
  private static final long BYTES_PER_FILE = 32L << 20;

  private final PlanWork work;

  AppendWrite(PlanWork work) {
    this.work = work;
  }

  /** Commits the plan, unless another run has done so. */
  void run() {
    DeltaTransactions.Pending pending =
        work.transactions().begin(work.folders().table(), work.mark());
    if (pending.borne()) {
      return;
    }
    List<SetAside> before = work.quarantine().written(work.plan(), work.mark());
    Diversion diversion = new Diversion();
    work.session().sparkContext().register(diversion);
    long appended = work.size().records() == 0 ? 0 : pending.write(rows(before, diversion));
    Diverted diverted = diversion.value();
    work.admit(diverted, before);
    Prepared prepared = prepared(before, diverted, appended);
    FaultPoint.reach("phase2.before-tombstones");
    FaultPoint.reach("phase2.after-tombstones");
    Optional<Long> quarantine =
        before.isEmpty()
            ? work.quarantine().write(work.plan(), work.mark(), diverted.bad())
            : work.transactions().state(work.folders().quarantine()).map(state -> state.version());
    FaultPoint.reach("phase2.after-quarantine");
    pending.commit(prepared.committed(quarantine, Optional.empty()).json());
  }

  private Dataset<Row> rows(List<SetAside> before, Diversion diversion) {
    int files = (int) (work.size().bytes() / BYTES_PER_FILE) + 1;
    return work.rows()
        .good(work.plan().source(), before.stream().map(SetAside::id).toList(), diversion)
        .coalesce(files);
  }

  private Prepared prepared(List<SetAside> before, Diverted diverted, long appended) {
    long quarantined = before.size() + diverted.badCount();
    long filtered = work.size().records() - quarantined - appended;
    Map<String, Long> byStep = new HashMap<>();
    before.forEach(record -> byStep.merge(record.step(), 1L, Long::sum));
    diverted.bad().forEach(record -> byStep.merge(record.step(), 1L, Long::sum));
    requireFilters(work, filtered, diverted.ignored());
    return new Prepared(
        work.plan().plan(),
        work.plan().id(),
        Prepared.COMMITTED,
        work.size().records(),
        appended,
        0,
        filtered,
        quarantined,
        0,
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        Ledger.of(
            work.dataset().steps(),
            work.size().records() - diverted.ignored(),
            appended,
            byStep,
            diverted));
  }

  /** Where no step may leave rows out, a row that is missing was lost. */
  static void requireFilters(PlanWork work, long filtered, long explained) {
    if (filtered < explained || (filtered > explained && !work.dataset().steps().mayFilter())) {
      throw new TributaryException(
          ErrorCode.UNACCOUNTED,
          "Plan %d of dataset '%s' reads %d records by the manifest, and %d of them did not arrive. Nothing was written; check the archive's files."
              .formatted(
                  work.plan().plan(),
                  work.spec().name(),
                  work.size().records(),
                  filtered - explained));
    }
  }
}
