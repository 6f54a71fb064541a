package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tributary.archive.ArchiveErasure;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.RecordPlace;
import dev.tributary.core.spec.CoordinatesSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.HistoryColumns;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlansOfEntry;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableState;
import dev.tributary.storage.FaultPoint;
import io.delta.tables.DeltaTable;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Takes the records of a plan of the kind {@code erase} out: of the archive, in one marked commit
 * of the table, and then of the quarantine, the late table, the tombstones and what the plan log
 * says of records that were set aside. Each step finds nothing when it is done again.
 */
final class EraseRecords {
  private final Plan plan;
  private final Erasure erasure;
  private final DatasetSpec spec;
  private final PlanLog log;
  private final PlanMark mark;
  private final SparkSession session;
  private final DeltaTransactions transactions;
  private boolean tried;

  EraseRecords(Plan plan, DatasetSpec spec, PlanLog log, PlanMark mark, SparkSession session) {
    this.plan = plan;
    this.erasure = plan.erasure().orElseThrow();
    this.spec = spec;
    this.log = log;
    this.mark = mark;
    this.session = session;
    this.transactions = new DeltaTransactions(session);
  }

  /**
   * Erases in the archive and commits the table.
   *
   * @param since the table's version before the plan
   */
  void run(String byRun, Clock clock, long since) {
    if (erasure.archive()) {
      places()
          .forEach(
              (topic, places) ->
                  new ArchiveErasure(archive(topic))
                      .erase(places, new Author(byRun, "tributary erase"), clock.millis()));
    }
    FaultPoint.reach("phase2.after-archive");
    Contention.outlast(log.folders().table(), () -> attempt(since));
  }

  private ManifestLog archive(String topic) {
    Configuration configuration = session.sessionState().newHadoopConf();
    return ManifestLog.open(plan.source().archive(), topic, configuration);
  }

  private Map<String, List<RecordPlace>> places() {
    Map<String, List<RecordPlace>> places = new TreeMap<>();
    for (Erasure.Offsets each : erasure.records()) {
      each.offsets()
          .forEach(
              offset ->
                  places
                      .computeIfAbsent(each.topic(), topic -> new ArrayList<>())
                      .add(new RecordPlace(each.incarnation(), each.partition(), offset)));
    }
    return places;
  }

  private void attempt(long since) {
    if (tried) {
      new RestoreCheck(log, transactions).require(since, Optional.empty());
    }
    tried = true;
    DeltaTransactions.Pending pending = transactions.begin(log.folders().table(), mark);
    if (pending.borne()) {
      return;
    }
    long rows =
        spec.write().mode() == WriteMode.HISTORY
            ? removeVersions(pending)
            : pending.remove(condition(spec.coordinates()));
    long quarantined =
        Quarantine.unresolved(quarantined()).filter(Quarantine.ofDataset(plan.dataset())).count();
    long late =
        new LateTable(session, log, spec)
            .rows()
            .map(there -> there.filter(expr(condition(spec.coordinates()))).count())
            .orElse(0L);
    FaultPoint.reach("phase2.after-quarantine");
    pending.commit(
        Prepared.empty(plan.plan(), plan.id(), Prepared.COMMITTED)
            .replacing(new Replaced(rows, quarantined, late))
            .json());
  }

  /**
   * Versions of the same keys that stay are valid until the next one that stays. Those whose end
   * moves are written anew by the same commit.
   */
  private long removeVersions(DeltaTransactions.Pending pending) {
    String erased = condition(spec.coordinates());
    Optional<TableState> state = pending.state();
    if (state.isEmpty()) {
      return 0;
    }
    Dataset<Row> table =
        session
            .read()
            .format("delta")
            .option("versionAsOf", state.get().version())
            .load(log.folders().table().toString());
    long rows = table.filter(expr(erased)).count();
    try (KeptRows corrected = KeptRows.of(corrected(table))) {
      List<Row> which =
          corrected.rows().select(identity(CoordinatesSpec.standard())).collectAsList();
      if (which.isEmpty()) {
        pending.remove(erased);
        return rows;
      }
      pending.remove("(%s) OR (%s)".formatted(erased, among(which)));
      pending.write(rewritten(table, corrected.rows()));
      return rows;
    }
  }

  private Dataset<Row> corrected(Dataset<Row> table) {
    KeyedLayout layout = new KeyedLayout(spec);
    HistoryEvents events = new HistoryEvents(spec);
    Column gone = expr(condition(CoordinatesSpec.standard()));
    Dataset<Row> versions = TableLayout.numbered(spec, TableLayout.fromTable(spec, table));
    Optional<Dataset<Row>> deletes =
        new TombstoneTable(session, log.folders().tombstones()).each(plan, layout);
    // What is done again after a RESTORE does not find its deletes any more: any end may move.
    Column affected = plan.again().isPresent() ? lit(true) : gone;
    Dataset<Row> keys = versions.filter(affected).select(layout.keyColumns());
    if (deletes.isPresent()) {
      keys = keys.union(deletes.get().filter(gone).select(layout.keyColumns()));
    }
    HistoryVersions history = new HistoryVersions(spec);
    Dataset<Row> left =
        events.ofTable(history.ofSameKeys(versions.filter(not(gone)), keys.distinct()));
    if (deletes.isPresent()) {
      left =
          left.union(
              events.ofRemembered(
                  history.ofSameKeys(deletes.get().filter(not(gone)), keys.distinct())));
    }
    return history.resolve(left);
  }

  /** The versions as they stand, but for their ends. */
  private Dataset<Row> rewritten(Dataset<Row> table, Dataset<Row> corrected) {
    CoordinatesSpec names = spec.coordinates();
    KeyedLayout layout = new KeyedLayout(spec);
    List<String> rows = Coordinates.row(spec);
    Column same =
        Stream.concat(
                layout.keys().stream()
                    .map(key -> Names.column("t", key).equalTo(Names.column("c", key))),
                rows.stream()
                    .map(
                        name ->
                            Names.column("t", names.inTable(name))
                                .eqNullSafe(Names.column("c", name))))
            .reduce(Column::and)
            .orElseThrow();
    Column[] columns =
        Stream.of(table.columns())
            .map(
                name ->
                    name.equals(HistoryColumns.VALID_TO) || name.equals(HistoryColumns.CURRENT)
                        ? Names.column("c", name)
                        : Names.column("t", name))
            .toArray(Column[]::new);
    return table.as("t").join(corrected.as("c"), same).select(columns);
  }

  private Column[] identity(CoordinatesSpec names) {
    return Coordinates.row(spec).stream()
        .map(name -> Names.column(names.inTable(name)))
        .toArray(Column[]::new);
  }

  /** Rows from before the dataset exploded records have no number. */
  private String among(List<Row> which) {
    boolean numbered = Coordinates.row(spec).contains(Coordinates.ROW);
    String columns =
        Coordinates.row(spec).stream()
            .map(
                name -> {
                  String inTable = Names.quoted(spec.coordinates().inTable(name));
                  return name.equals(Coordinates.ROW)
                      ? "coalesce(%s, -1)".formatted(inTable)
                      : inTable;
                })
            .collect(Collectors.joining(", "));
    String rows =
        which.stream()
            .map(
                row ->
                    "(%s, %d, %d, %dL%s)"
                        .formatted(
                            SourceCondition.text(row.getString(0)),
                            row.getInt(1),
                            row.getInt(2),
                            row.getLong(3),
                            numbered ? ", " + (row.isNullAt(4) ? -1 : row.getInt(4)) : ""))
            .collect(Collectors.joining(", "));
    return "(%s) IN (%s)".formatted(columns, rows);
  }

  /** Takes the records out of all else. It comes after the table, whose commit a void decides. */
  void forget() {
    Path quarantine = log.folders().quarantine();
    if (transactions.exists(quarantine)) {
      Contention.outlast(
          quarantine,
          () ->
              DeltaTable.forPath(session, quarantine.toString())
                  .delete(
                      expr(condition(CoordinatesSpec.standard()))
                          .and(Quarantine.ofDataset(plan.dataset()))));
    }
    new LateTable(session, log, spec).remove(condition(spec.coordinates()));
    Path tombstones = log.folders().tombstones();
    if (transactions.exists(tombstones)) {
      Contention.outlast(
          tombstones,
          () ->
              DeltaTable.forPath(session, tombstones.toString())
                  .delete(
                      "(%s) AND %s >= 0"
                          .formatted(condition(CoordinatesSpec.standard()), Quarantine.PLAN)));
    }
    Set<Long> read = plansThatRead();
    forget(log, erasure, read);
    // Where another run was faster, what later erasures took out may have been put back by this
    // one; a generation may have begun since.
    PlanLog newest =
        PlanLog.open(log.folders().table().toString(), session.sessionState().newHadoopConf());
    for (long later = plan.plan() + 1; later <= newest.last().orElse(-1); later++) {
      newest.plan(later).flatMap(Plan::erasure).ifPresent(each -> forget(newest, each, read));
    }
  }

  private static void forget(PlanLog log, Erasure which, Set<Long> plans) {
    plans.forEach(
        n ->
            log.forget(
                n,
                bad -> which.names(bad.topic(), bad.incarnation(), bad.partition(), bad.offset())));
  }

  private Set<Long> plansThatRead() {
    Map<String, Set<Long>> all = new TreeMap<>();
    places()
        .forEach(
            (topic, places) -> {
              ManifestLog archive = archive(topic);
              Set<Long> entries = new TreeSet<>();
              long end = -1;
              RecordPlace before = new RecordPlace(-1, -1, -1);
              for (RecordPlace place : new TreeSet<>(places)) {
                boolean sameEntry =
                    place.incarnation() == before.incarnation()
                        && place.partition() == before.partition()
                        && place.offset() < end;
                before = place;
                if (sameEntry) {
                  continue;
                }
                OptionalLong entry =
                    archive.sequenceOf(place.incarnation(), place.partition(), place.offset());
                if (entry.isPresent()) {
                  entries.add(entry.getAsLong());
                  end =
                      archive
                          .entry(entry.getAsLong())
                          .orElseThrow()
                          .watermark(place.incarnation(), place.partition());
                }
              }
              all.put(topic, entries);
            });
    return new PlansOfEntry(log).of(all);
  }

  private Dataset<Row> quarantined() {
    return new Quarantine(session, log.folders().quarantine())
        .all()
        .filter(expr(condition(CoordinatesSpec.standard())));
  }

  private String condition(CoordinatesSpec names) {
    return erasure.records().stream()
        .map(
            each ->
                "(%s = %s AND %s = %d AND %s = %d AND %s IN (%s))"
                    .formatted(
                        Names.quoted(names.inTable(Coordinates.TOPIC)),
                        SourceCondition.text(each.topic()),
                        Names.quoted(names.inTable(Coordinates.INCARNATION)),
                        each.incarnation(),
                        Names.quoted(names.inTable(Coordinates.PARTITION)),
                        each.partition(),
                        Names.quoted(names.inTable(Coordinates.OFFSET)),
                        each.offsets().stream()
                            .map("%dL"::formatted)
                            .collect(Collectors.joining(", "))))
        .collect(Collectors.joining(" OR "));
  }
}
