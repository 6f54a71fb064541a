package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;

import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.storage.FaultPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Writes a plan's events into a history. The batch is decoded once and kept, all events of a key;
 * what becomes of them is known, and counted, before anything is committed.
 */
final class HistoryWrite {
  private static final String TARGET = "t";

  private final PlanWork work;
  private final KeyedLayout layout;
  private final HistoryEvents events;
  private final HistoryVersions versions;
  private final List<KeptRows> kept = new ArrayList<>();

  HistoryWrite(PlanWork work) {
    this.work = work;
    this.layout = new KeyedLayout(work.spec());
    this.events = new HistoryEvents(work.spec());
    this.versions = new HistoryVersions(work.spec());
  }

  /** Commits the plan, unless another run has done so. */
  void run() {
    try {
      write();
    } finally {
      kept.forEach(KeptRows::close);
    }
  }

  /**
   * What a batch comes to.
   *
   * @param outcome of {@link HistoryVersions}
   * @param reached which versions of the table that may touch
   * @param counts what became of the events
   * @param written how many versions are new or corrected
   * @param remembered how many deletes the tombstones must hold
   */
  private record Batch(
      Dataset<Row> outcome,
      HistoryMerge.Reached reached,
      HistoryCounts counts,
      long written,
      long remembered) {
    Dataset<Row> versions() {
      return outcome.filter(not(is(HistoryVersions.REMEMBER)));
    }
  }

  private void write() {
    HistoryMerge merge = new HistoryMerge(work, layout);
    if (work.size().records() == 0) {
      new MarkedMerge(work).markOnly(work.nothingToRead().json());
      return;
    }
    Settlement.Settled<Dataset<Row>> settled =
        new Settlement(work).settle(this::decoded, this::tried);
    Batch batch = batch(settled);
    Prepared prepared =
        prepared(settled, batch).replacing(new Replaced(0, work.input().replayed().rows()));

    FaultPoint.reach("phase2.before-tombstones");
    Optional<Long> tombstones = writeTombstones(batch);
    FaultPoint.reach("phase2.after-tombstones");
    Optional<Long> quarantine = work.setAside(settled);
    FaultPoint.reach("phase2.after-quarantine");
    Optional<Long> late = work.writeLate(settled);
    FaultPoint.reach("phase2.after-late");
    work.requireAsBegun();
    String committed = prepared.committed(quarantine, tombstones, late).json();
    if (batch.written() > 0 && !merge.appendedToEmpty(batch.versions(), committed)) {
      merge.run(batch.versions(), batch.reached(), committed);
    }
    // Delta leaves a MERGE out that changes nothing, its mark included.
    if (!work.committed()) {
      new MarkedMerge(work).markOnly(committed);
    }
  }

  /** What the plan would do. */
  PlanRehearsal.Trial rehearse(Function<Dataset<Row>, List<String>> partitions) {
    try {
      Settlement.Settled<Dataset<Row>> settled =
          new Settlement(work).tried(this::decoded, this::tried);
      Batch batch = batch(settled);
      return new PlanRehearsal.Trial(
          Accounts.counts(prepared(settled, batch), PlanRehearsal.nothingMerged()),
          settled.bad(),
          settled.diverted(),
          partitions.apply(batch.versions()));
    } finally {
      kept.forEach(KeptRows::close);
    }
  }

  private Dataset<Row> decoded(List<RecordId> without, Diversion diversion) {
    return keep(of(work.rows().good(work.plan().source(), without, diversion), diversion));
  }

  private Dataset<Row> tried(Column condition, List<RecordId> without, Diversion diversion) {
    return of(work.rows().good(work.plan().source(), condition, without, diversion), diversion);
  }

  private Dataset<Row> of(Dataset<Row> rows, Diversion diversion) {
    return events.of(rows, UpsertWrite.tasks(work), diversion);
  }

  private Batch batch(Settlement.Settled<Dataset<Row>> settled) {
    Dataset<Row> batch = settled.result();
    if (settled.diverted().tombstones() > 0) {
      List<RecordId> without = settled.bad().stream().map(BadRecord::id).toList();
      batch =
          keep(
              batch.union(
                  events.ofTombstones(work.rows().tombstones(work.plan().source(), without))));
    }
    Column first = Names.column(layout.keys().get(0));
    Row summary = batch.agg(count(lit(1)), min(first), max(first), min(versions.from())).head();
    Object from = summary.get(3);
    HistoryMerge.Reached reached =
        new HistoryMerge.Reached(
            new KeyRange(RowFactory.create(summary.get(1), summary.get(2))),
            KeyRange.comparable(from) ? from : null);
    boolean empty = summary.getLong(0) == 0;
    Dataset<Row> outcome =
        keep(versions.resolve(empty ? batch : batch.union(standing(batch, reached))));
    Column deletes = Names.column(TableLayout.DELETED);
    Column fresh = is(HistoryVersions.INSERT).or(is(HistoryVersions.REMEMBER));
    Row counts =
        outcome
            .agg(
                count_if(fresh.and(not(deletes))),
                count_if(fresh.and(deletes)),
                count_if(Names.column(HistoryVersions.ENDS)),
                count_if(not(is(HistoryVersions.REMEMBER))),
                count_if(is(HistoryVersions.REMEMBER)))
            .head();
    long inserted = counts.getLong(0);
    long deleted = counts.getLong(2);
    long unmatched = counts.getLong(1) - deleted;
    return new Batch(
        outcome,
        reached,
        new HistoryCounts(
            inserted, deleted, unmatched, summary.getLong(0) - inserted - deleted - unmatched),
        counts.getLong(3),
        counts.getLong(4));
  }

  /**
   * The versions and the remembered deletes among which the events of the batch take their place.
   */
  private Dataset<Row> standing(Dataset<Row> batch, HistoryMerge.Reached reached) {
    Dataset<Row> table = target().as(TARGET).filter(reached.within(TARGET, layout, lit(true)));
    Dataset<Row> ofTable = events.ofTable(versions.reached(table, batch));
    return work.tombstones()
        .each(work.plan(), layout)
        .map(deletes -> events.ofRemembered(versions.ofSameKeys(deletes, batch)))
        .map(ofTable::union)
        .orElse(ofTable);
  }

  private Dataset<Row> target() {
    String table = work.folders().table().toString();
    return work.transactions().exists(work.folders().table())
        ? TableLayout.numbered(
            work.spec(),
            TableLayout.fromTable(work.spec(), work.session().read().format("delta").load(table)))
        : work.session().createDataFrame(List.<Row>of(), TableLayout.schema(work.spec()));
  }

  private Optional<Long> writeTombstones(Batch batch) {
    if (batch.remembered() == 0) {
      return work.remember(layout, Optional.empty());
    }
    List<Column> columns = new ArrayList<>(List.of(layout.keyColumns()));
    columns.add(Names.column(HistoryEvents.ORDER).as(TombstoneTable.ORDER));
    layout.coordinates().forEach(name -> columns.add(Names.column(name)));
    columns.add(Names.column(TombstoneTable.BY_TOMBSTONE));
    return work.remember(
        layout,
        Optional.of(
            batch
                .outcome()
                .filter(is(HistoryVersions.REMEMBER))
                .select(columns.toArray(Column[]::new))));
  }

  private Prepared prepared(Settlement.Settled<Dataset<Row>> settled, Batch batch) {
    Diverted diverted = settled.diverted();
    long quarantined = settled.bad().size();
    long counted = diverted.events() + diverted.tombstones();
    long filtered =
        work.entered(settled)
            + settled.made()
            - diverted.combined()
            - quarantined
            - settled.routed()
            - counted;
    List<StepLedger> steps =
        Ledger.of(
            work,
            work.entered(settled)
                - settled.late().records()
                - diverted.ignored()
                - diverted.tombstones(),
            diverted.events() + diverted.ignoredEvents() + diverted.routed(),
            settled);
    AppendWrite.requireFilters(work, filtered, diverted.explained());
    return new Prepared(
            work.plan().plan(),
            work.plan().id(),
            Prepared.COMMITTED,
            work.read(settled),
            0,
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
            new Expectations(work.spec()).counts(diverted, settled.bad()),
            Optional.of(batch.counts()))
        .making(settled);
  }

  private static Column is(String action) {
    return Names.column(HistoryVersions.ACTION).equalTo(action);
  }

  private Dataset<Row> keep(Dataset<Row> rows) {
    KeptRows stored = KeptRows.of(rows);
    kept.add(stored);
    return stored.rows();
  }
}
