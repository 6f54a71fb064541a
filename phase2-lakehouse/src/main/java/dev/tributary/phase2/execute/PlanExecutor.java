package dev.tributary.phase2.execute;

import dev.tributary.archive.decode.ColumnDecoder;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.BesideVersions;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.Ruling;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.MarkedCommit;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableState;
import dev.tributary.storage.FaultPoint;
import dev.tributary.transforms.SqlExpression;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does a plan exactly as it was planned, from wherever an earlier attempt left it. Doing it twice,
 * or in two processes at once, is harmless. Used by one thread at a time.
 */
public final class PlanExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(PlanExecutor.class);

  private final SparkSession spark;
  private final PlanLog log;
  private final String run;
  private final Clock clock;
  private final boolean rebuilds;
  private Optional<OpenDataset> open = Optional.empty();
  private boolean lookedBeside;

  /** A dataset version's session, kept from plan to plan. */
  private record OpenDataset(long version, DatasetSpec spec, DatasetSession session) {}

  /** An executor of one table's plans. */
  public PlanExecutor(SparkSession spark, PlanLog log, String run, Clock clock) {
    this(spark, log, run, clock, false);
  }

  private PlanExecutor(SparkSession spark, PlanLog log, String run, Clock clock, boolean rebuilds) {
    this.spark = spark;
    this.log = log;
    this.run = run;
    this.clock = clock;
    this.rebuilds = rebuilds;
  }

  /** An executor of the plans of a table that is made anew. */
  public static PlanExecutor ofRebuilt(SparkSession spark, PlanLog log, String run, Clock clock) {
    return new PlanExecutor(spark, log, run, clock, true);
  }

  /**
   * Does the plan and returns its accounts, which may be somebody else's.
   *
   * @throws TributaryException PLAN_NOT_ADMITTED until an operator rules on the plan,
   *     PLAN_NOT_REPEATABLE, TABLE_UNAVAILABLE, TABLE_RESTORED, TABLE_LOST and what the archive and
   *     the transforms throw
   */
  public PlanAccount execute(Plan plan) {
    Optional<PlanAccount> done = log.account(plan.plan());
    if (done.isPresent()) {
      return done.get();
    }
    OpenDataset dataset = dataset(plan);
    return within(dataset.session().session(), () -> inSession(plan, dataset));
  }

  /**
   * Looks whether the table was restored since the newest plan that is done.
   *
   * @throws TributaryException TABLE_RESTORED
   */
  public void requireNotRestored() {
    within(
        spark,
        () -> {
          new RestoreCheck(log, new DeltaTransactions(spark))
              .require(log.since(log.latestAccount()), Optional.empty());
          return log;
        });
  }

  /** A table as it is now; empty: there is none. */
  public Optional<TableState> state(Path table) {
    return within(spark, () -> new DeltaTransactions(spark).state(table));
  }

  /** Whether the columns of the plans' table have physical names of their own. */
  public boolean mapsColumns() {
    return within(spark, () -> new DeltaTransactions(spark).mapsColumns(log.folders().table()));
  }

  /** Forgets what is known of a table whose folder is removed. */
  public void forget(Path table) {
    within(
        spark,
        () -> {
          new DeltaTransactions(spark).forget(table);
          return table;
        });
  }

  /** The versions of the table and of those beside it, in words; each commit changes one. */
  public String tableVersions() {
    return within(
        spark,
        () -> {
          DeltaTransactions transactions = new DeltaTransactions(spark);
          return Stream.concat(
                  Stream.of(
                      log.folders().table(),
                      log.folders().quarantine(),
                      log.folders().tombstones()),
                  new LateTables(log).folders().stream())
              .map(transactions::state)
              .map(state -> state.map(there -> Long.toString(there.version())).orElse("none"))
              .collect(Collectors.joining(", ", "tables at ", ""));
        });
  }

  /**
   * Begins the next generation of the plan log if the table was restored, or goes over to it where
   * another run has begun it.
   *
   * @return false if there is no reason to
   * @throws TributaryException TABLE_RESTORED where the log could not go on without a loss
   */
  public boolean beginGeneration() {
    return within(spark, () -> new NewGeneration(spark, log, run, clock).begin(this::conclude));
  }

  /** Comes before the first plan of a generation is put. */
  public void prepareGeneration() {
    within(
        spark,
        () -> {
          new NewGeneration(spark, log, run, clock).prepare();
          return log;
        });
  }

  static <T> T within(SparkSession session, Supplier<T> work) {
    Optional<SparkSession> active = active();
    SparkSession.setActiveSession(session);
    try {
      return work.get();
    } finally {
      active.ifPresentOrElse(SparkSession::setActiveSession, SparkSession::clearActiveSession);
    }
  }

  /**
   * Checks what can be known of a dataset version before it is put into force: its transforms can
   * be loaded, with JARs that are beside the plans; Spark can analyse its steps and predicates; and
   * Delta takes its columns and properties, and the rows that are there are what it demands.
   *
   * @param before the version that it comes after; empty: there was none
   * @throws TributaryException TRANSFORM_INVALID, TRANSFORM_FAILED, SPEC_INVALID, SCHEMA_REFUSED
   */
  public void check(Optional<DatasetSpec> before, DatasetSpec spec) {
    ColumnDecoder.of(spec.columns());
    spec.write().requireKeysOfDeletes();
    DatasetSession dataset = DatasetSession.open(spark, spec, this::jar);
    within(
        dataset.session(),
        () -> {
          analyse(spec, dataset);
          // No plan has this number, and none is marked: the transaction is never committed.
          PlanMark mark = new PlanMark(log.application(), Long.MAX_VALUE);
          new DefineTable(
                  before,
                  spec,
                  SharedTable.of(log, log.latestAccount(), spec.name()),
                  log.folders(),
                  new DeltaTransactions(dataset.session()))
              .examine(mark);
          before.ifPresent(
              earlier -> new RowDemands(earlier, spec, dataset.session(), log.folders()).check());
          return spec;
        });
  }

  /**
   * Checks what can be known of a dataset version before the table, which stands under a later one,
   * is written with it.
   *
   * @throws TributaryException TRANSFORM_INVALID, TRANSFORM_FAILED, SPEC_INVALID, and
   *     SCHEMA_REFUSED where the table has not the columns of this version
   */
  public void checkEarlier(DatasetSpec spec) {
    DatasetSession dataset = DatasetSession.open(spark, spec, this::jar);
    within(
        dataset.session(),
        () -> {
          analyse(spec, dataset);
          StructType there =
              new DeltaTransactions(dataset.session())
                  .state(log.folders().table())
                  .map(TableState::schema)
                  .orElseGet(StructType::new);
          for (StructField field : TableLayout.tableSchema(spec).fields()) {
            requireColumn(spec, field, there);
          }
          return spec;
        });
  }

  private void requireColumn(DatasetSpec spec, StructField field, StructType there) {
    boolean fits =
        Arrays.stream(there.fields())
            .anyMatch(
                other ->
                    other.name().equalsIgnoreCase(field.name())
                        && other.dataType().sameType(field.dataType()));
    if (!fits) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table %s has no column '%s' of the type %s any more, which that version of dataset '%s' writes. Use a later version, or write into another table."
              .formatted(log.folders().table(), field.name(), field.dataType().sql(), spec.name()));
    }
  }

  /**
   * What of the records that a plan is to read could become columns of the dataset, or wider ones.
   * Reads them once more than the plan does.
   */
  public FieldDrift drift(long version, DatasetSpec spec, PlanSource source) {
    OpenDataset dataset = dataset(version, spec.name(), () -> spec);
    SparkSession session = dataset.session().session();
    return within(
        session,
        () -> {
          ArchiveHeads heads = ArchiveHeads.of(source, session.sessionState().newHadoopConf());
          return DriftPartitions.of(
              new ArchiveReader(RecordScope.WHOLE, heads).envelopes(session, source),
              dataset.session(),
              spec);
        });
  }

  /**
   * Refuses to replace what the archive does not hold any more.
   *
   * @throws TributaryException CHANGE_REFUSED
   */
  public void requireReplaceable(PlanSource source) {
    Configuration configuration = spark.sessionState().newHadoopConf();
    ArchiveHeads.of(source, configuration).requireHeld(source, configuration);
  }

  /** Has Spark analyse the steps and predicates of a dataset version. */
  static void analyse(DatasetSpec spec, DatasetSession dataset) {
    Dataset<Row> rows =
        new ArchiveRows(dataset, spec, new ArchiveReader(RecordScope.WHOLE, ArchiveHeads.NONE))
            .analysed(new Diversion());
    if (spec.write().mode().keyed()) {
      spec.write().deleteWhen().ifPresent(predicate -> requirePredicate(spec, rows, predicate));
      requireKeyed(spec, rows);
    }
    new Expectations(spec).requireUsable(rows);
  }

  /** A plan that is done again must delete the same. */
  private static void requirePredicate(DatasetSpec spec, Dataset<Row> rows, String predicate) {
    try {
      SqlExpression.of(rows, "write.deleteWhen", predicate, Coordinates.INGEST_TIME);
    } catch (IllegalArgumentException e) {
      throw new TributaryException(
          ErrorCode.SPEC_INVALID,
          "Dataset '%s' cannot be written. %s".formatted(spec.name(), e.getMessage()),
          e);
    }
  }

  private static void requireKeyed(DatasetSpec spec, Dataset<Row> rows) {
    try {
      if (spec.write().mode() == WriteMode.HISTORY) {
        new HistoryEvents(spec).analyse(rows);
      } else {
        new KeyReduction(spec, new KeyedLayout(spec)).newest(rows, 1, new Diversion());
      }
    } catch (Exception e) {
      // Spark's analysis errors are checked, which its signatures do not say.
      throw unkeyed(spec, e);
    }
  }

  private static TributaryException unkeyed(DatasetSpec spec, Exception cause) {
    return new TributaryException(
        ErrorCode.SPEC_INVALID,
        "The key, order or deleteWhen of dataset '%s' cannot be analysed: %s. Correct it."
            .formatted(spec.name(), cause.getMessage()),
        cause);
  }

  private PlanAccount inSession(Plan plan, OpenDataset dataset) {
    PlanMark mark = new PlanMark(log.application(), plan.plan());
    DeltaTransactions transactions = new DeltaTransactions(dataset.session().session());
    Path table = log.folders().table();
    Optional<Ruling> ruling = log.ruling(plan.plan());
    Optional<PlanAccount> before =
        plan.plan() == 0 ? Optional.empty() : log.account(plan.plan() - 1);
    long since = log.since(before);
    Optional<PlanAccount> first = log.doneBefore(plan.plan());
    boolean voids =
        first
            .map(done -> done.outcome() == PlanOutcome.VOID)
            .orElseGet(
                () -> ruling.filter(word -> word.ruling() == Ruling.Decision.VOID).isPresent());
    BesideVersions beside = BesideTables.demanded(plan, before, PlanAccounts.accepted(ruling));
    RestoreCheck restores = new RestoreCheck(log, transactions);
    Optional<MarkedCommit> commit = transactions.find(table, mark, since);
    if (commit.isEmpty()) {
      requireThere(transactions, plan, since);
    }
    restores.require(since, commit);
    if (commit.isEmpty()) {
      if (!voids && !lookedBeside && !beside.equals(BesideVersions.NONE)) {
        new BesideTables(log, transactions).require(plan, beside);
        lookedBeside = true;
      }
      if (!voids && PlanAccounts.accepted(ruling)) {
        new BesideTables(log, transactions).noteAccepted(plan, before);
      }
      if (voids && plan.kind() == PlanKind.DDL && !transactions.exists(table)) {
        // There is nothing that could bear a mark, and nobody could create it.
        return put(
            accounts(transactions)
                .of(
                    plan,
                    Prepared.empty(plan.plan(), plan.id(), Prepared.VOID),
                    Optional.empty(),
                    before,
                    ruling));
      }
      if (voids) {
        voidPlan(plan, dataset, mark).markTable();
      } else if (plan.kind() == PlanKind.DDL) {
        new DefineTable(
                before(plan),
                dataset.spec(),
                SharedTable.of(log, before, plan.dataset()),
                log.folders(),
                transactions)
            .run(plan, mark);
      } else if (plan.kind() == PlanKind.ERASE) {
        erase(plan, dataset, mark).run(run, clock, since);
      } else if (plan.kind() == PlanKind.CUTOVER) {
        cutOver(plan, dataset, mark).run(since);
      } else {
        write(plan, dataset, mark, ruling.isPresent() || first.isPresent(), since, beside);
      }
      commit = transactions.find(table, mark, since);
      if (commit.isPresent()) {
        // One may have come between the look and the commit.
        restores.require(since, commit);
      }
    }
    FaultPoint.reach("phase2.after-table");
    MarkedCommit found = commit.orElseThrow(() -> unmarked(mark, since));
    Prepared prepared = Prepared.parse(found.userMetadata(), plan.plan());
    requireOwn(plan, prepared);
    if (prepared.outcome().equals(Prepared.VOID)
        && plan.kind() != PlanKind.DDL
        && plan.kind() != PlanKind.CUTOVER) {
      voidPlan(plan, dataset, mark).removeRows(beside);
    }
    if (!prepared.outcome().equals(Prepared.VOID)) {
      followTable(plan, dataset, mark, before);
    }
    return put(accounts(transactions).of(plan, prepared, Optional.of(found), before, ruling));
  }

  /** What comes beside the table after its commit; done again it finds nothing to do. */
  private void followTable(
      Plan plan, OpenDataset dataset, PlanMark mark, Optional<PlanAccount> before) {
    SparkSession session = dataset.session().session();
    if (plan.replaces()) {
      // After the table, so that a plan that is made void has taken nothing out.
      new Quarantine(session, log.folders().quarantine()).release(plan);
      new LateTable(session, log, dataset.spec()).release(plan);
      FaultPoint.reach("phase2.after-release");
    }
    if (plan.kind() == PlanKind.REPLAY) {
      log.badRecords(plan.plan())
          .ifPresent(
              decided ->
                  new ReplayedRecords(session, log.folders())
                      .settle(
                          plan,
                          decided,
                          ArchiveHeads.of(plan.source(), session.sessionState().newHadoopConf()),
                          clock.instant()));
      FaultPoint.reach("phase2.after-release");
    }
    if (plan.kind() == PlanKind.ERASE) {
      erase(plan, dataset, mark).forget();
      FaultPoint.reach("phase2.after-release");
    }
    if (plan.kind() == PlanKind.CUTOVER) {
      cutOver(plan, dataset, mark).follow();
      FaultPoint.reach("phase2.after-release");
    }
    if (plan.kind() == PlanKind.DDL) {
      before(plan)
          .ifPresent(
              earlier ->
                  new TombstoneTable(session, log.folders().tombstones())
                      .follow(mark, earlier, dataset.spec()));
    }
    forget(plan, dataset, mark, before);
  }

  /**
   * A plan that releases does so beside the table once that bears it, and a RESTORE of the table
   * leaves that as it is. So one without an account whose commit was taken back is followed to its
   * end: it was done, as those before it were.
   */
  private void conclude(Plan plan) {
    OpenDataset dataset = dataset(plan);
    within(
        dataset.session().session(),
        () -> {
          DeltaTransactions transactions = new DeltaTransactions(dataset.session().session());
          Optional<MarkedCommit> commit = new RestoreCheck(log, transactions).unaccounted(plan);
          if (commit.isEmpty()) {
            return log;
          }
          Prepared prepared = Prepared.parse(commit.get().userMetadata(), plan.plan());
          requireOwn(plan, prepared);
          if (!prepared.outcome().equals(Prepared.VOID)) {
            PlanMark mark = new PlanMark(log.application(), plan.plan());
            Optional<PlanAccount> before =
                plan.plan() == 0 ? Optional.empty() : log.account(plan.plan() - 1);
            followTable(plan, dataset, mark, before);
            put(accounts(transactions).of(plan, prepared, commit, before, log.ruling(plan.plan())));
          }
          return log;
        });
  }

  /** Gives up old deletes of a table that nobody else writes, whose rule would be another one. */
  private void forget(Plan plan, OpenDataset dataset, PlanMark mark, Optional<PlanAccount> before) {
    Optional<Long> after = dataset.spec().maintenance().forgetDeletesAfterMillis();
    boolean alone =
        before.filter(done -> done.inForce().keySet().equals(Set.of(plan.dataset()))).isPresent();
    if (after.isEmpty() || !alone || plan.kind() != PlanKind.LIVE || plan.again().isPresent()) {
      return;
    }
    long from = plan.plannedAt() - after.get();
    new TombstoneTable(dataset.session().session(), log.folders().tombstones())
        .forget(plan, mark, new KeyedLayout(dataset.spec()), from, from - after.get() / 4);
  }

  private EraseRecords erase(Plan plan, OpenDataset dataset, PlanMark mark) {
    return new EraseRecords(plan, dataset.spec(), log, mark, dataset.session().session());
  }

  private CutOver cutOver(Plan plan, OpenDataset dataset, PlanMark mark) {
    return new CutOver(
        plan,
        spec(plan, plan.cutover().orElseThrow().fromVersion()),
        dataset.spec(),
        log,
        mark,
        dataset.session().session());
  }

  /** The version that a plan of DDL changes the table from. */
  private Optional<DatasetSpec> before(Plan plan) {
    long version = plan.ddl().orElseThrow().fromVersion();
    return version == 0 ? Optional.empty() : Optional.of(spec(plan, version));
  }

  private PlanAccounts accounts(DeltaTransactions transactions) {
    return new PlanAccounts(log, transactions, run, clock);
  }

  private PlanAccount put(PlanAccount account) {
    boolean own = log.put(account);
    FaultPoint.reach("phase2.after-account");
    return own ? account : log.account(account.plan()).orElseThrow();
  }

  private VoidPlan voidPlan(Plan plan, OpenDataset dataset, PlanMark mark) {
    return new VoidPlan(plan, dataset.spec(), log, mark, dataset.session().session());
  }

  /**
   * A table that began anew under its old log would lack what that says is written. One that others
   * have given as many versions since is not told from it here.
   */
  private void requireThere(DeltaTransactions transactions, Plan plan, long since) {
    if (since < 0) {
      return;
    }
    long version = transactions.state(log.folders().table()).map(TableState::version).orElse(-1L);
    if (version < since) {
      throw new TributaryException(
          ErrorCode.TABLE_LOST,
          "The table %s %s, but the plan before plan %d committed its version %d. Bring its folder back from a copy, or have the dataset filled anew into another table from the archive."
              .formatted(
                  log.folders().table(),
                  version < 0 ? "is gone" : "ends with version " + version,
                  plan.plan(),
                  since));
    }
  }

  /** A log that was begun anew beside an old table would take its plans for done and read on. */
  private void requireOwn(Plan plan, Prepared prepared) {
    if (!plan.id().equals(prepared.planId())) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "The table %s bears plan %d of another plan log: %s, not %s. The log beside it was lost or replaced, and what the table holds is not known by this one. Bring the log back from a copy, or have the dataset filled anew into another table from the archive."
              .formatted(log.folders().table(), plan.plan(), prepared.planId(), plan.id()));
    }
  }

  private void write(
      Plan plan,
      OpenDataset dataset,
      PlanMark mark,
      boolean limitsLifted,
      long since,
      BesideVersions beside) {
    SparkSession session = dataset.session().session();
    List<RecordId> setAside =
        plan.again().isEmpty()
            ? List.of()
            : settledBefore(plan).stream()
                .flatMap(bad -> bad.records().stream())
                .map(bad -> BadRecord.of(bad).id())
                .toList();
    try (PlanInput input =
        PlanInput.of(plan, dataset.spec(), asOf(plan, session), log, setAside, session)) {
      PlanWork work =
          new PlanWork(
              plan,
              dataset.spec(),
              dataset.session(),
              log,
              run,
              mark,
              input,
              limitsLifted,
              since,
              beside,
              rebuilds);
      switch (dataset.spec().write().mode()) {
        case APPEND -> new AppendWrite(work).run();
        case UPSERT -> new UpsertWrite(work).run();
        case HISTORY -> new HistoryWrite(work).run();
      }
    }
  }

  /** A plan that is done again reads what it has read; it may have read nothing. */
  private ArchiveHeads asOf(Plan plan, SparkSession session) {
    Configuration configuration = session.sessionState().newHadoopConf();
    boolean readNothing =
        log.doneBefore(plan.plan()).filter(done -> done.counts().read() == 0).isPresent();
    return plan.again().isEmpty() || readNothing
        ? ArchiveHeads.of(plan.source(), configuration)
        : ArchiveHeads.again(plan, configuration);
  }

  /** A plan that is done again sets aside what it has set aside, whoever does it first. */
  private Optional<BadRecords> settledBefore(Plan plan) {
    log.badRecordsBefore(plan.plan())
        .ifPresent(
            bad ->
                log.put(
                    new BadRecords(
                        Plan.FORMAT, plan.plan(), plan.id(), run, bad.records(), bad.absent())));
    return log.badRecords(plan.plan());
  }

  /** The table's versions before the last plan hold no mark of this one. */
  private TributaryException unmarked(PlanMark mark, long since) {
    return new TributaryException(
        ErrorCode.TABLE_RESTORED,
        "The table %s bears plan %d, but no commit after version %d says so. Its log was cleaned or the table restored; compare it with the plan log before going on."
            .formatted(log.folders().table(), mark.plan(), since));
  }

  private OpenDataset dataset(Plan plan) {
    return dataset(plan.datasetVersion(), plan.dataset(), () -> spec(plan, plan.datasetVersion()));
  }

  private OpenDataset dataset(long version, String name, Supplier<DatasetSpec> known) {
    if (open.isPresent()
        && open.get().version() == version
        && open.get().spec().name().equals(name)) {
      return open.get();
    }
    DatasetSpec spec = known.get();
    open = Optional.of(new OpenDataset(version, spec, DatasetSession.open(spark, spec, this::jar)));
    return open.get();
  }

  private DatasetSpec spec(Plan plan, long version) {
    return log.spec(plan.dataset(), version)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.LOG_CORRUPT,
                    "Plan %d names version %d of dataset '%s', whose spec is not beside the plan log. Restore it from the metastore."
                        .formatted(plan.plan(), version, plan.dataset())));
  }

  private byte[] jar(String sha256) {
    return log.jar(sha256)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.LOG_CORRUPT,
                    "The transforms' JAR %s is not beside the plan log. Put it back."
                        .formatted(sha256)));
  }

  private static Optional<SparkSession> active() {
    scala.Option<SparkSession> active = SparkSession.getActiveSession();
    return active.isEmpty() ? Optional.empty() : Optional.of(active.get());
  }
}
