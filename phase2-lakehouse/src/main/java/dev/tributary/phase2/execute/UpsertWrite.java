package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.when;

import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.storage.FaultPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Merges a plan's rows by key. The batch is reduced to one outcome a key and kept, so that it is
 * decoded once and its counts are known before anything is committed.
 */
final class UpsertWrite {
  /** Less than this, as lines, is not worth a task of its own. */
  private static final long LEAST_BYTES_PER_TASK = 16L << 20;

  private static final long MOST_BYTES_PER_TASK = 256L << 20;

  private final PlanWork work;
  private final KeyedLayout layout;
  private final KeyReduction reduction;
  private final Resolution resolution;
  private final boolean soft;
  private final List<KeptRows> kept = new ArrayList<>();

  UpsertWrite(PlanWork work) {
    this.work = work;
    this.layout = new KeyedLayout(work.spec());
    this.reduction = new KeyReduction(work.spec(), layout);
    this.soft = TableLayout.softDeletes(work.spec());
    this.resolution = new Resolution(layout, soft);
  }

  /** Commits the plan, unless another run has done so. */
  void run() {
    try {
      write();
    } finally {
      kept.forEach(KeptRows::close);
    }
  }

  private void write() {
    UpsertMerge merge = new UpsertMerge(work, layout);
    if (work.size().records() == 0) {
      merge.markOnly(work.nothingToRead().json());
      return;
    }
    Settlement.Settled<Dataset<Row>> settled =
        new Settlement(work)
            .settle(
                (without, diversion) ->
                    keep(
                        newest(
                            work.rows().good(work.plan().source(), without, diversion), diversion)),
                (condition, without, diversion) ->
                    newest(
                        work.rows().good(work.plan().source(), condition, without, diversion),
                        diversion));
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
    Prepared committed = prepared.committed(quarantine, tombstones, late);
    if (batch.keys() > 0) {
      if (merge.appendedToEmpty(batch.source(), committed)) {
        return;
      }
      merge.run(batch.source(), batch.range(), batch.partitions(), committed.json());
    }
    // Delta leaves a MERGE out that changes nothing, its mark included.
    if (!work.committed()) {
      merge.markOnly(committed.json());
    }
  }

  /** What the plan would do, without a MERGE: each key is compared with the table's row. */
  PlanRehearsal.Trial rehearse(Function<Dataset<Row>, List<String>> partitions) {
    try {
      Settlement.Settled<Dataset<Row>> settled =
          new Settlement(work)
              .tried(
                  (without, diversion) ->
                      keep(
                          newest(
                              work.rows().good(work.plan().source(), without, diversion),
                              diversion)),
                  (condition, without, diversion) ->
                      newest(
                          work.rows().good(work.plan().source(), condition, without, diversion),
                          diversion));
      Batch batch = batch(settled);
      MergeForecast forecast = new MergeForecast(layout, keep(batch.source()), target());
      return new PlanRehearsal.Trial(
          Accounts.counts(prepared(settled, batch), forecast.measured()),
          settled.bad(),
          settled.diverted(),
          Stream.of(forecast.written(), forecast.changed())
              .map(partitions)
              .flatMap(List::stream)
              .distinct()
              .sorted()
              .toList());
    } finally {
      kept.forEach(KeptRows::close);
    }
  }

  private Dataset<Row> target() {
    String table = work.folders().table().toString();
    return work.transactions().exists(work.folders().table())
        ? TableLayout.numbered(
            work.spec(),
            TableLayout.fromTable(work.spec(), work.session().read().format("delta").load(table)))
        : work.session().createDataFrame(List.<Row>of(), TableLayout.schema(work.spec()));
  }

  private Dataset<Row> newest(Dataset<Row> rows, Diversion diversion) {
    return reduction.newest(rows, tasks(work), diversion);
  }

  /**
   * A small batch is reduced, and later written, by few tasks; a great one by as many as Spark's
   * joins have, so that the MERGE takes it as it lies.
   */
  static int tasks(PlanWork work) {
    int joins = Integer.parseInt(work.session().conf().get("spark.sql.shuffle.partitions"));
    long most = Math.max(joins, work.size().bytes() / MOST_BYTES_PER_TASK);
    long worth = work.size().bytes() / LEAST_BYTES_PER_TASK + 1;
    return (int) Math.min(most, worth);
  }

  /**
   * What the MERGE is given.
   *
   * @param source one row a key that it may write
   * @param resolved the contested keys and their outcome; empty where there are none
   * @param range of the keys
   * @param partitions in which the table's rows of the keys are
   * @param keys how many keys the batch has
   */
  private record Batch(
      Dataset<Row> source,
      Optional<Resolved> resolved,
      KeyRange range,
      KeyPartitions partitions,
      long keys) {}

  /**
   * The contested keys.
   *
   * @param rows the keys and their outcome
   * @param unmatched deletes of keys that were not there
   * @param deletedRows rows that are taken out of sight
   * @param remembered what the tombstones must hold
   */
  private record Resolved(Dataset<Row> rows, long unmatched, long deletedRows, long remembered) {}

  private Batch batch(Settlement.Settled<Dataset<Row>> settled) {
    Dataset<Row> keyed = keyed(settled);
    Column first = Names.column(layout.keys().get(0));
    Row summary =
        keyed.agg(count(lit(1)), count_if(resolution.contested()), min(first), max(first)).head();
    KeyRange range = new KeyRange(RowFactory.create(summary.get(2), summary.get(3)));
    KeyPartitions partitions = KeyPartitions.of(work, layout, keyed);
    long keys = summary.getLong(0);
    if (summary.getLong(1) == 0) {
      return new Batch(plain(keyed), Optional.empty(), range, partitions, keys);
    }
    Dataset<Row> target =
        target().filter(partitions.within(range.within(lit(true), first), Names::column));
    Dataset<Row> rows = keep(resolution.resolve(keyed.filter(resolution.contested()), target));
    Row counts =
        rows.agg(
                count_if(Names.column(Resolution.ACTION).equalTo(Resolution.UNMATCHED)),
                count_if(Names.column(Resolution.DELETED_ROW)),
                count_if(
                    Names.column(Resolution.REMEMBER_EVENT)
                        .or(Names.column(KeyReduction.TOMBSTONE).isNotNull())))
            .head();
    Dataset<Row> written =
        rows.filter(
                Names.column(Resolution.ACTION)
                    .isin(Resolution.UPSERT, Resolution.DELETE, Resolution.MARK))
            .drop(
                Resolution.DELETED_ROW,
                Resolution.REMEMBER_EVENT,
                Resolution.KNOWN_ORDER,
                KeyReduction.TOMBSTONE);
    return new Batch(
        plain(keyed.filter(not(resolution.contested()))).unionByName(written),
        Optional.of(new Resolved(rows, counts.getLong(0), counts.getLong(1), counts.getLong(2))),
        range,
        partitions,
        keys);
  }

  /** The keys of the batch, with their last tombstones in it and what was deleted before. */
  private Dataset<Row> keyed(Settlement.Settled<Dataset<Row>> settled) {
    Dataset<Row> keyed = settled.result();
    boolean tombstones = settled.diverted().tombstones() > 0;
    Optional<Dataset<Row>> before = work.tombstones().before(work.plan(), layout);
    if (tombstones) {
      List<RecordId> without = settled.bad().stream().map(BadRecord::id).toList();
      keyed =
          keyed.join(
              reduction.lastTombstones(work.rows().tombstones(work.plan().source(), without)),
              seq(layout.keys()),
              "full_outer");
    } else {
      keyed = keyed.withColumn(KeyReduction.TOMBSTONE, lit(null).cast(coordinates()));
    }
    if (before.isPresent()) {
      keyed = keyed.join(before.get(), seq(layout.keys()), "left_outer");
    } else {
      Column position = layout.position(KeyReduction.BEST);
      keyed =
          keyed
              .withColumn(
                  TombstoneTable.DELETED_AT,
                  nothing(KeyedLayout.rank(layout.order(KeyReduction.BEST), position)))
              .withColumn(TombstoneTable.TOMBSTONE_AT, nothing(position));
    }
    Optional<Dataset<Row>> forgotten =
        work.plan().format() < Plan.SECOND_FORMAT
            ? Optional.empty()
            : work.tombstones().forgotten(layout);
    if (forgotten.isPresent()) {
      keyed = keyed.crossJoin(broadcast(forgotten.get()));
    } else {
      Column position = layout.position(KeyReduction.BEST);
      keyed =
          keyed
              .withColumn(
                  TombstoneTable.FORGOTTEN,
                  nothing(KeyedLayout.rank(layout.order(KeyReduction.BEST), position)))
              .withColumn(TombstoneTable.FORGOTTEN_TOMBSTONE_AT, nothing(position));
    }
    return tombstones || before.isPresent() || forgotten.isPresent() ? keep(keyed) : keyed;
  }

  /** Keys without a delete, less those that were deleted later than their newest event. */
  private Dataset<Row> plain(Dataset<Row> keyed) {
    Dataset<Row> rows = keyed;
    if (!soft) {
      Column rank =
          KeyedLayout.rank(layout.order(KeyReduction.BEST), layout.position(KeyReduction.BEST));
      Column deletedAt = Names.column(TombstoneTable.DELETED_AT);
      rows = rows.filter(deletedAt.isNull().or(rank.geq(deletedAt)));
    }
    List<Column> columns = new ArrayList<>(List.of(layout.keyColumns()));
    for (List<String> names : List.of(layout.values(), layout.coordinates())) {
      names.forEach(name -> columns.add(Names.column(KeyReduction.BEST, name).as(name)));
    }
    columns.add(lit(false).as(TableLayout.DELETED));
    columns.add(lit(Resolution.UPSERT).as(Resolution.ACTION));
    return rows.select(columns.toArray(Column[]::new));
  }

  private Optional<Long> writeTombstones(Batch batch) {
    if (batch.resolved().isEmpty() || batch.resolved().get().remembered() == 0) {
      return work.remember(layout, Optional.empty());
    }
    Dataset<Row> rows = batch.resolved().get().rows();
    Column order = Names.column(Resolution.KNOWN_ORDER).as(TombstoneTable.ORDER);
    List<Column> byTombstone = new ArrayList<>(List.of(layout.keyColumns()));
    byTombstone.add(order);
    layout
        .coordinates()
        .forEach(name -> byTombstone.add(Names.column(KeyReduction.TOMBSTONE, name).as(name)));
    byTombstone.add(lit(true).as(TombstoneTable.BY_TOMBSTONE));
    List<Column> byEvent = new ArrayList<>(List.of(layout.keyColumns()));
    byEvent.add(order);
    layout.coordinates().forEach(name -> byEvent.add(Names.column(name)));
    byEvent.add(lit(false).as(TombstoneTable.BY_TOMBSTONE));
    Dataset<Row> deleted =
        rows.filter(Names.column(KeyReduction.TOMBSTONE).isNotNull())
            .select(byTombstone.toArray(Column[]::new))
            .unionByName(
                rows.filter(Names.column(Resolution.REMEMBER_EVENT))
                    .select(byEvent.toArray(Column[]::new)));
    return work.remember(layout, Optional.of(deleted));
  }

  private Prepared prepared(Settlement.Settled<Dataset<Row>> settled, Batch batch) {
    Diverted diverted = settled.diverted();
    long quarantined = settled.bad().size();
    long events = diverted.events();
    long filtered =
        work.entered(settled)
            + settled.made()
            - diverted.combined()
            - quarantined
            - diverted.tombstones()
            - settled.routed()
            - events;
    List<StepLedger> steps =
        Ledger.of(
            work,
            work.entered(settled)
                - settled.late().records()
                - diverted.ignored()
                - diverted.tombstones(),
            events + diverted.ignoredEvents() + diverted.routed(),
            settled);
    AppendWrite.requireFilters(work, filtered, diverted.explained());
    return new Prepared(
            work.plan().plan(),
            work.plan().id(),
            Prepared.COMMITTED,
            work.read(settled),
            0,
            batch.keys(),
            filtered,
            quarantined,
            events + diverted.tombstones() - batch.keys(),
            batch.resolved().map(Resolved::unmatched).orElse(0L),
            soft ? batch.resolved().map(Resolved::deletedRows).orElse(0L) : 0L,
            work.input().held(),
            0,
            0,
            Optional.empty(),
            Optional.empty(),
            steps,
            new Expectations(work.spec()).counts(settled.diverted(), settled.bad()))
        .making(settled);
  }

  private static Column nothing(Column like) {
    return when(lit(false), like);
  }

  private StructType coordinates() {
    StructType all = Coordinates.schema(work.spec());
    StructType ordered = new StructType();
    for (String name : layout.positionFirst()) {
      ordered = ordered.add(all.apply(name));
    }
    return ordered;
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
