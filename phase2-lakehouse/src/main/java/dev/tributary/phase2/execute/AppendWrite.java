package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.storage.FaultPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.sql.Column;
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
  private boolean tried;

  AppendWrite(PlanWork work) {
    this.work = work;
  }

  /** Commits the plan, unless another run has done so. */
  void run() {
    Contention.outlast(work.folders().table(), this::attempt);
  }

  private void attempt() {
    if (tried) {
      work.requireNotRestored();
    }
    tried = true;
    Settlement.Settled<Written> settled = settled();
    Written written = settled.result();
    if (written.pending().borne()) {
      return;
    }
    Prepared prepared = prepared(settled, written.rows()).replacing(replaced(written));
    FaultPoint.reach("phase2.before-tombstones");
    FaultPoint.reach("phase2.after-tombstones");
    Optional<Long> quarantine = work.setAside(settled);
    FaultPoint.reach("phase2.after-quarantine");
    Optional<Long> late = work.writeLate(settled);
    FaultPoint.reach("phase2.after-late");
    work.requireAsBegun();
    written.pending().commit(prepared.committed(quarantine, Optional.empty(), late).json());
  }

  /** What the plan would do, without a file written. */
  PlanRehearsal.Trial rehearse(Function<Dataset<Row>, List<String>> partitions) {
    List<KeptRows> kept = new ArrayList<>();
    try {
      Settlement.Settled<Dataset<Row>> settled =
          new Settlement(work)
              .tried(
                  (without, diversion) -> {
                    kept.add(
                        KeptRows.of(work.rows().good(work.plan().source(), without, diversion)));
                    return kept.get(kept.size() - 1).rows();
                  },
                  this::tried);
      Prepared prepared = prepared(settled, settled.result().count());
      return new PlanRehearsal.Trial(
          Accounts.counts(prepared, PlanRehearsal.nothingMerged()),
          settled.bad(),
          settled.diverted(),
          partitions.apply(settled.result()));
    } finally {
      kept.forEach(KeptRows::close);
    }
  }

  private Dataset<Row> tried(Column condition, List<RecordId> without, Diversion diversion) {
    return work.rows().good(work.plan().source(), condition, without, diversion);
  }

  /** Files that nobody sees yet, how many rows they hold, and how many come out for them. */
  private record Written(DeltaTransactions.Pending pending, long rows, long removed) {}

  private Settlement.Settled<Written> settled() {
    if (work.size().records() == 0) {
      return new Settlement(work).nothing(new Written(begin(), 0, 0));
    }
    return new Settlement(work).settle(this::write, this::tried);
  }

  private Written write(List<RecordId> without, Diversion diversion) {
    DeltaTransactions.Pending pending = begin();
    if (pending.borne()) {
      return new Written(pending, 0, 0);
    }
    long removed =
        work.plan().replaces()
            ? pending.remove(SourceCondition.of(work.plan().source(), work.spec().coordinates()))
            : 0;
    int files = (int) (work.size().bytes() / BYTES_PER_FILE) + 1;
    Dataset<Row> rows = work.rows().good(work.plan().source(), without, diversion);
    return new Written(
        pending, pending.write(TableLayout.toTable(work.spec(), rows.coalesce(files))), removed);
  }

  private DeltaTransactions.Pending begin() {
    return work.transactions().begin(work.folders().table(), work.mark());
  }

  private Replaced replaced(Written written) {
    return work.plan().replaces()
        ? new Replaced(
            written.removed(),
            work.quarantine().before(work.plan()).count(),
            work.lateTable().before(work.plan()).map(Dataset::count).orElse(0L))
        : new Replaced(0, work.input().replayed().rows());
  }

  private Prepared prepared(Settlement.Settled<?> settled, long appended) {
    long quarantined = settled.bad().size();
    long filtered =
        work.entered(settled)
            + settled.made()
            - settled.diverted().combined()
            - quarantined
            - settled.routed()
            - appended;
    List<StepLedger> steps =
        Ledger.of(
            work,
            work.entered(settled) - settled.late().records() - settled.diverted().ignored(),
            appended + settled.diverted().routed(),
            settled);
    requireFilters(work, filtered, settled.diverted().explained());
    return new Prepared(
            work.plan().plan(),
            work.plan().id(),
            Prepared.COMMITTED,
            work.read(settled),
            appended,
            0,
            filtered,
            quarantined,
            0,
            0,
            0,
            work.input().held(),
            0,
            0,
            Optional.empty(),
            Optional.empty(),
            steps,
            new Expectations(work.spec()).counts(settled.diverted(), settled.bad()))
        .making(settled);
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
