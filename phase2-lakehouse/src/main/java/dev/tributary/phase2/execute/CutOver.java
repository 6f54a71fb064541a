package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Cutover;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.RebuildFolders;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableColumn;
import dev.tributary.phase2.table.TableDefinition;
import dev.tributary.phase2.table.TableState;
import dev.tributary.phase2.table.TakenOver;
import dev.tributary.storage.FaultPoint;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Puts the new table of a plan of the kind {@code cutover} in the place of the one that is there,
 * in one marked commit, and after it its quarantine, tombstones and late table, each in a marked
 * commit too. Each step finds nothing to do when it is done again.
 */
final class CutOver {
  private static final String APPEND_ONLY = "delta.appendOnly";
  private static final String CHANGES = "delta.enableChangeDataFeed";

  private final Plan plan;
  private final Cutover cutover;
  private final DatasetSpec before;
  private final DatasetSpec spec;
  private final PlanLog log;
  private final PlanMark mark;
  private final SparkSession session;
  private final DeltaTransactions transactions;

  /**
   * Of a plan.
   *
   * @param before the version that the table stands under
   * @param spec the version that the new one does
   */
  CutOver(
      Plan plan,
      DatasetSpec before,
      DatasetSpec spec,
      PlanLog log,
      PlanMark mark,
      SparkSession session) {
    this.plan = plan;
    this.cutover = plan.cutover().orElseThrow();
    this.before = before;
    this.spec = spec;
    this.log = log;
    this.mark = mark;
    this.session = session;
    this.transactions = new DeltaTransactions(session);
  }

  /**
   * Commits the table.
   *
   * @param since the table's version before the plan
   */
  void run(long since) {
    Contention.outlast(log.folders().table(), () -> attempt(since));
  }

  private void attempt(long since) {
    FaultPoint.reach("phase2.cutover-attempted");
    DeltaTransactions.Pending pending = transactions.begin(log.folders().table(), mark);
    if (pending.borne()) {
      return;
    }
    // A RESTORE that comes after the transaction began is a conflict, and looked for anew.
    new RestoreCheck(log, transactions).require(since, Optional.empty());
    requireAlone();
    requireUnderWay();
    requireBeside();
    requireVersion(pending.state());
    long quarantined =
        Quarantine.unresolved(new Quarantine(session, log.folders().quarantine()).all())
            .filter(Quarantine.ofDataset(plan.dataset()))
            .count();
    long late =
        plan.format() < Plan.SECOND_FORMAT
            ? 0
            : new LateTable(session, log, before).rows().map(Dataset::count).orElse(0L);
    Path rebuilt = new Path(cutover.table());
    TakenOver rows = pending.takeOver(rebuilt, cutover.tableVersion(), definition());
    FaultPoint.reach("phase2.before-cutover");
    pending.commit(
        Prepared.empty(plan.plan(), plan.id(), Prepared.COMMITTED)
            .replacing(new Replaced(rows.removed(), quarantined, late))
            .json());
  }

  /** What follows the table is looked for first: after its commit nothing can be made void. */
  private void requireBeside() {
    TableFolders rebuilt = TableFolders.of(cutover.table());
    cutover.quarantineVersion().ifPresent(version -> require(rebuilt.quarantine(), version));
    cutover.tombstonesVersion().ifPresent(version -> require(rebuilt.tombstones(), version));
    cutover.lateVersion().ifPresent(version -> require(rebuilt.late(spec.name()), version));
    TableFolders folders = log.folders();
    requireReplaceable(folders.quarantine());
    requireReplaceable(folders.tombstones());
    if (plan.format() >= Plan.SECOND_FORMAT) {
      requireReplaceable(folders.late(spec.name()));
    }
  }

  private void requireReplaceable(Path beside) {
    if (transactions.state(beside).filter(there -> is(there, APPEND_ONLY)).isPresent()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The table %s has the property %s, so that its rows cannot give way to those beside the rebuilt table."
              .formatted(beside, APPEND_ONLY),
          "Take it away by ALTER TABLE delta.`%s` UNSET TBLPROPERTIES ('%s'), and rebuild again."
              .formatted(beside, APPEND_ONLY));
    }
  }

  private static boolean is(TableState table, String property) {
    return table.properties().entrySet().stream()
        .anyMatch(
            each ->
                each.getKey().equalsIgnoreCase(property)
                    && each.getValue().equalsIgnoreCase("true"));
  }

  private void require(Path beside, long version) {
    transactions.forget(beside);
    if (transactions.state(beside).filter(there -> there.version() >= version).isEmpty()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The table %s, which lies beside the one that plan %d takes over, is gone."
              .formatted(beside, plan.plan()),
          "Give the rebuild up with --abandon, register the change anew, and rebuild.");
    }
  }

  /** Of what every dataset has in the table and beside it, nothing is left. */
  private void requireAlone() {
    log.account(plan.plan() - 1).map(PlanAccount::inForce).orElse(Map.of()).keySet().stream()
        .filter(other -> !other.equals(plan.dataset()))
        .findFirst()
        .ifPresent(
            other -> {
              throw TributaryException.of(
                  ErrorCode.CHANGE_REFUSED,
                  "Dataset '%s' writes the table %s too, and its rows would be gone."
                      .formatted(other, log.folders().table()),
                  "Give each of them a table of its own.");
            });
  }

  /**
   * Who gives a rebuild up says so, looks for plans that were put before, and then removes it; what
   * is removed last is looked for last. So whatever is left of it is not taken over, nor what was
   * begun after it in the same place.
   */
  private void requireUnderWay() {
    Path rebuilt = new Path(cutover.table());
    boolean givenUp = log.store().read(RebuildFolders.givenUp(rebuilt)).isPresent();
    if (givenUp
        || log.store()
            .read(RebuildFolders.begun(rebuilt))
            .map(begun -> Json.read(begun, JsonNode.class).path("id").asText())
            .filter(cutover.begun()::equals)
            .isEmpty()) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The rebuild of dataset '%s' under version %d was given up."
              .formatted(plan.dataset(), plan.datasetVersion()),
          "Register the change anew, and rebuild.");
    }
  }

  private void requireVersion(Optional<TableState> table) {
    String property = TableLayout.versionProperty(spec.name());
    long version =
        table.map(state -> state.properties().get(property)).map(Long::parseLong).orElse(0L);
    if (version != cutover.fromVersion()) {
      throw TributaryException.of(
          ErrorCode.SCHEMA_REFUSED,
          "The table %s stands under version %d of dataset '%s', and plan %d cuts over from version %d."
              .formatted(
                  log.folders().table(), version, spec.name(), plan.plan(), cutover.fromVersion()),
          "Register the change on top of the version that is in force, and rebuild again.");
    }
  }

  private TableDefinition definition() {
    Map<String, String> properties = new TreeMap<>(DefineTable.properties(spec));
    properties.put(TableLayout.versionProperty(spec.name()), Long.toString(plan.datasetVersion()));
    Set<String> unset = new HashSet<>(DefineTable.properties(before).keySet());
    unset.add(TableLayout.DERIVED);
    if (!TableLayout.derived(spec).isEmpty()) {
      properties.put(TableLayout.DERIVED, "derived");
    }
    unset.removeAll(properties.keySet());
    return new TableDefinition(List.of(), List.of(), properties, unset, spec.target().clusterBy());
  }

  /**
   * Lets quarantine, tombstones and late table follow. It comes after the table, whose commit a
   * void decides, and before the account, until which nobody reads them.
   */
  void follow() {
    FaultPoint.reach("phase2.table-cut-over");
    followQuarantine();
    FaultPoint.reach("phase2.quarantine-cut-over");
    followTombstones();
    FaultPoint.reach("phase2.tombstones-cut-over");
    followLate();
    FaultPoint.reach("phase2.late-cut-over");
  }

  private void followQuarantine() {
    Path quarantine = log.folders().quarantine();
    if (cutover.quarantineVersion().isPresent() || transactions.exists(quarantine)) {
      replace(
          quarantine,
          Quarantine.definition(),
          Quarantine::withValues,
          rows(TableFolders::quarantine, cutover.quarantineVersion()));
    }
  }

  private void followTombstones() {
    Path tombstones = log.folders().tombstones();
    if (cutover.tombstonesVersion().isPresent() || transactions.exists(tombstones)) {
      Optional<StructType> schema =
          spec.write().mode().keyed()
              ? Optional.of(new TombstoneTable(session, tombstones).schema(new KeyedLayout(spec)))
              : Optional.empty();
      replace(
          tombstones,
          new TableDefinition(schema.orElseGet(StructType::new), List.of(), Map.of()),
          // None goes on one that is there: its rows are another key's.
          state ->
              schema
                  .filter(wanted -> !TableColumn.alike(wanted, state.schema()))
                  .map(TableColumn::fresh)
                  .map(columns -> new TableDefinition(columns, List.of(), Map.of(), Set.of())),
          rows(TableFolders::tombstones, cutover.tombstonesVersion()));
    }
  }

  /** In a log whose format says that there is none, the store is not asked for one. */
  private void followLate() {
    Path late = log.folders().late(spec.name());
    boolean there = plan.format() >= Plan.SECOND_FORMAT && transactions.exists(late);
    if (cutover.lateVersion().isPresent() || there) {
      LateTable next = new LateTable(session, log, spec);
      replace(
          late,
          next.definition(plan.datasetVersion()),
          state -> Optional.of(next.replacing(state, plan.datasetVersion())),
          rows(folders -> folders.late(spec.name()), cutover.lateVersion()));
    }
  }

  /** Rows beside the new table, loaded only where they are needed: after that they may be gone. */
  private Supplier<Optional<Dataset<Row>>> rows(
      Function<TableFolders, Path> beside, Optional<Long> version) {
    return () -> version.map(at -> rows(beside.apply(TableFolders.of(cutover.table())), at));
  }

  private Dataset<Row> rows(Path table, long version) {
    return session
        .read()
        .format("delta")
        .option("versionAsOf", version)
        .load(table.toString())
        // Another run of the rebuild may have gone on.
        .filter(Names.column(Quarantine.PLAN).leq(cutover.plan()))
        .withColumn(Quarantine.PLAN, lit(plan.plan()))
        .withColumn(Quarantine.GENERATION, lit(plan.generation()));
  }

  /**
   * Puts rows in the place of all that a table holds.
   *
   * @param created what it is where it is created
   * @param anew what it is from now on where it is there; empty: as it is
   */
  private void replace(
      Path table,
      TableDefinition created,
      Function<TableState, Optional<TableDefinition>> anew,
      Supplier<Optional<Dataset<Row>>> rows) {
    Contention.outlast(table, () -> attempt(table, created, anew, rows));
  }

  private void attempt(
      Path table,
      TableDefinition created,
      Function<TableState, Optional<TableDefinition>> anew,
      Supplier<Optional<Dataset<Row>>> rows) {
    DeltaTransactions.Pending pending = transactions.begin(table, mark);
    if (pending.borne()) {
      return;
    }
    pending.remove("true");
    pending
        .state()
        .flatMap(state -> anew.apply(state).map(wanted -> withoutChanges(wanted, state)))
        .ifPresent(pending::define);
    pending.createIfAbsent(created);
    rows.get().ifPresent(pending::write);
    pending.commit(plan.id());
  }

  /** Delta takes no commit of other columns and files from a table whose changes are kept. */
  private static TableDefinition withoutChanges(TableDefinition wanted, TableState state) {
    if (!is(state, CHANGES)) {
      return wanted;
    }
    Map<String, String> properties = new TreeMap<>(wanted.properties());
    properties.put(CHANGES, "false");
    return new TableDefinition(
        wanted.columns(), wanted.partitionBy(), properties, wanted.unset(), wanted.clusterBy());
  }
}
