package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;

import dev.tributary.core.spec.Deletes;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.storage.FaultPoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Merges a plan's rows by key. The batch is reduced to one outcome a key and kept, so that it is
 * decoded once and its counts are known before anything is committed.
 */
final class UpsertWrite {
  private final PlanWork work;
  private final KeyedLayout layout;
  private final KeyReduction reduction;
  private final boolean soft;
  private final List<KeptRows> kept = new ArrayList<>();

  UpsertWrite(PlanWork work) {
    this.work = work;
    this.layout = new KeyedLayout(work.spec());
    this.reduction = new KeyReduction(work.spec(), layout);
    this.soft = TableLayout.softDeletes(work.spec());
  }

  /** Commits the plan, unless another run has done so. */
  void run() {
    if (work.transactions().bears(work.folders().table(), work.mark())) {
      return;
    }
    try {
      write();
    } finally {
      kept.forEach(KeptRows::close);
    }
  }

  private void write() {
    UpsertMerge merge = new UpsertMerge(work, layout);
    if (work.size().records() == 0) {
      merge.markOnly(
          Prepared.empty(work.plan().plan(), work.plan().id(), Prepared.COMMITTED).json());
      return;
    }
    List<SetAside> before = work.quarantine().written(work.plan(), work.mark());
    List<RecordId> without = before.stream().map(SetAside::id).toList();
    Diversion diversion = registered();
    Dataset<Row> newest =
        keep(reduction.newest(work.rows().good(work.plan().source(), without, diversion)));
    Row summary = summary(newest);
    Diverted diverted = diversion.value();
    work.admit(diverted, before);
    Batch batch = batch(newest, summary, diverted, without);
    Prepared prepared = prepared(before, diverted, summary.getLong(0), batch);

    FaultPoint.reach("phase2.before-tombstones");
    Optional<Long> tombstones = writeTombstones(batch);
    FaultPoint.reach("phase2.after-tombstones");
    Optional<Long> quarantine =
        before.isEmpty()
            ? work.quarantine().write(work.plan(), work.mark(), diverted.bad())
            : work.transactions().state(work.folders().quarantine()).map(state -> state.version());
    FaultPoint.reach("phase2.after-quarantine");
    String userMetadata = prepared.committed(quarantine, tombstones).json();
    if (batch.keys() > 0) {
      merge.run(batch.source(), batch.range(), userMetadata);
    }
    // Delta leaves a MERGE out that changes nothing, its mark included.
    if (!work.transactions().bears(work.folders().table(), work.mark())) {
      merge.markOnly(userMetadata);
    }
  }

  /**
   * What the MERGE is given.
   *
   * @param source one row a key that it may write
   * @param resolved the keys with deletes and their outcome; empty where there are none
   * @param range of the keys
   * @param keys how many keys the batch has
   */
  private record Batch(
      Dataset<Row> source, Optional<Dataset<Row>> resolved, KeyRange range, long keys) {}

  private Batch batch(Dataset<Row> newest, Row summary, Diverted diverted, List<RecordId> without) {
    boolean deletes = summary.getLong(2) > 0 || diverted.tombstones() > 0;
    TombstoneTable table = new TombstoneTable(work.session(), work.folders().tombstones());
    Optional<Dataset<Row>> deleted = soft ? Optional.empty() : table.before(work.plan(), layout);
    if (!deletes) {
      KeyRange range = new KeyRange(bounds(summary, 3));
      return new Batch(plain(newest, deleted), Optional.empty(), range, summary.getLong(1));
    }
    Dataset<Row> candidates =
        newest
            .filter(Names.column(KeyReduction.BEST, KeyedLayout.DELETES))
            .select(
                ArchiveRows.columns(
                    layout.keys(),
                    List.of(
                        Names.column(KeyReduction.BEST),
                        nothing(newest, KeyReduction.BEST).as(KeyReduction.BEFORE),
                        lit(null).cast(coordinates()).as(KeyReduction.TOMBSTONE))));
    Dataset<Row> others = newest;
    if (diverted.tombstones() > 0) {
      Dataset<Row> last =
          keep(reduction.lastTombstones(work.rows().tombstones(work.plan().source(), without)));
      Dataset<Row> around =
          reduction.aroundTombstones(
              work.rows().good(work.plan().source(), without, registered()), last);
      others = newest.join(last, seq(layout.keys()), "left_anti");
      candidates = candidates.join(last, seq(layout.keys()), "left_anti").unionByName(around);
    }
    candidates = keep(candidates);
    Dataset<Row> ordinary =
        others.filter(not(Names.column(KeyReduction.BEST, KeyedLayout.DELETES)));
    Dataset<Row> allKeys =
        ordinary.select(layout.keyColumns()).unionByName(candidates.select(layout.keyColumns()));
    Column first = Names.column(layout.keys().get(0));
    Row keys = allKeys.agg(count(lit(1)), min(first), max(first)).head();
    KeyRange range = new KeyRange(bounds(keys, 1));
    Dataset<Row> target =
        work.session().read().format("delta").load(work.folders().table().toString());
    target = target.filter(range.within(lit(true), first));
    Dataset<Row> resolved = keep(new Resolution(layout, soft).resolve(candidates, target, deleted));
    Dataset<Row> written =
        resolved
            .filter(
                Names.column(Resolution.ACTION)
                    .isin(Resolution.UPSERT, Resolution.DELETE, Resolution.MARK))
            .drop(Resolution.DELETED_ROW, Resolution.REMEMBER);
    return new Batch(
        plain(ordinary, deleted).unionByName(written),
        Optional.of(resolved),
        range,
        keys.getLong(0));
  }

  /** Keys without a delete, less those that were deleted later than their newest event. */
  private Dataset<Row> plain(Dataset<Row> newest, Optional<Dataset<Row>> deleted) {
    Dataset<Row> rows = newest;
    if (deleted.isPresent()) {
      Column rank =
          KeyedLayout.rank(
              layout.order(KeyReduction.BEST), KeyedLayout.position(KeyReduction.BEST));
      rows =
          rows.join(deleted.get(), seq(layout.keys()), "left_outer")
              .filter(
                  Names.column(TombstoneTable.DELETED_AT)
                      .isNull()
                      .or(rank.geq(Names.column(TombstoneTable.DELETED_AT))));
    }
    List<Column> columns = new ArrayList<>(List.of(layout.keyColumns()));
    for (String name : layout.values()) {
      columns.add(Names.column(KeyReduction.BEST, name).as(name));
    }
    for (String name : Coordinates.ALL) {
      columns.add(Names.column(KeyReduction.BEST, name).as(name));
    }
    columns.add(lit(false).as(TableLayout.DELETED));
    columns.add(lit(Resolution.UPSERT).as(Resolution.ACTION));
    return rows.select(columns.toArray(Column[]::new));
  }

  private Optional<Long> writeTombstones(Batch batch) {
    if (soft || batch.resolved().isEmpty()) {
      return Optional.empty();
    }
    List<Column> columns = new ArrayList<>(List.of(layout.keyColumns()));
    columns.add(Names.column(Resolution.REMEMBER).as(TombstoneTable.ORDER));
    Coordinates.ALL.forEach(name -> columns.add(Names.column(name)));
    Dataset<Row> deleted =
        batch
            .resolved()
            .get()
            .filter(Names.column(Resolution.REMEMBER).isNotNull())
            .select(columns.toArray(Column[]::new));
    if (deleted.isEmpty()) {
      return Optional.empty();
    }
    return new TombstoneTable(work.session(), work.folders().tombstones())
        .write(work.plan(), work.mark(), deleted);
  }

  private Prepared prepared(List<SetAside> before, Diverted diverted, long events, Batch batch) {
    long unmatched = 0;
    long softDeleted = 0;
    if (batch.resolved().isPresent()) {
      Row counts =
          batch
              .resolved()
              .get()
              .agg(
                  count_if(Names.column(Resolution.ACTION).equalTo(Resolution.UNMATCHED)),
                  count_if(Names.column(Resolution.DELETED_ROW)))
              .head();
      unmatched = counts.getLong(0);
      softDeleted = soft ? counts.getLong(1) : 0;
    }
    long quarantined = before.size() + diverted.badCount();
    long filtered = work.size().records() - quarantined - diverted.tombstones() - events;
    boolean ignores =
        work.spec().write().deletes() == Deletes.IGNORE
            && work.spec().write().deleteWhen().isPresent();
    if (!ignores) {
      AppendWrite.requireFilters(work, filtered, diverted.ignored());
    }
    Map<String, Long> byStep = new HashMap<>();
    before.forEach(record -> byStep.merge(record.step(), 1L, Long::sum));
    diverted.bad().forEach(record -> byStep.merge(record.step(), 1L, Long::sum));
    return new Prepared(
        work.plan().plan(),
        work.plan().id(),
        Prepared.COMMITTED,
        work.size().records(),
        0,
        batch.keys(),
        filtered,
        quarantined,
        events + diverted.tombstones() - batch.keys(),
        unmatched,
        softDeleted,
        Optional.empty(),
        Optional.empty(),
        Ledger.of(
            work.dataset().steps(),
            work.size().records() - diverted.ignored() - diverted.tombstones(),
            events,
            byStep,
            diverted));
  }

  private Row summary(Dataset<Row> newest) {
    Column first = Names.column(layout.keys().get(0));
    return newest
        .agg(
            coalesce(sum(Names.column(KeyReduction.RECORDS)), lit(0L)),
            count(lit(1)),
            count_if(Names.column(KeyReduction.BEST, KeyedLayout.DELETES)),
            min(first),
            max(first))
        .head();
  }

  private static Row bounds(Row row, int at) {
    return org.apache.spark.sql.RowFactory.create(row.get(at), row.get(at + 1));
  }

  private static Column nothing(Dataset<Row> like, String column) {
    return lit(null).cast(like.schema().apply(column).dataType());
  }

  private static org.apache.spark.sql.types.StructType coordinates() {
    org.apache.spark.sql.types.StructType all = Coordinates.schema();
    org.apache.spark.sql.types.StructType ordered = new org.apache.spark.sql.types.StructType();
    for (String name : Coordinates.RAW_POSITION) {
      ordered = ordered.add(all.apply(name));
    }
    for (String name : Coordinates.ALL) {
      ordered = Coordinates.RAW_POSITION.contains(name) ? ordered : ordered.add(all.apply(name));
    }
    return ordered;
  }

  private Diversion registered() {
    Diversion diversion = new Diversion();
    work.session().sparkContext().register(diversion);
    return diversion;
  }

  private Dataset<Row> keep(Dataset<Row> rows) {
    KeptRows stored = KeptRows.of(rows);
    kept.add(stored);
    return stored.rows();
  }

  private static scala.collection.immutable.Seq<String> seq(List<String> names) {
    return CollectionConverters.asScala(names).toSeq();
  }
}
