package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.Ruling;
import dev.tributary.phase2.plan.TableVersions;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.MarkedCommit;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.storage.FaultPoint;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Does a plan exactly as it was planned, from wherever an earlier attempt left it. Doing it twice,
 * or in two processes at once, is harmless. Used by one thread at a time.
 */
public final class PlanExecutor {
  private final SparkSession spark;
  private final PlanLog log;
  private final String run;
  private final Clock clock;
  private Optional<OpenDataset> open = Optional.empty();

  /** A dataset version's session, kept from plan to plan. */
  private record OpenDataset(long version, DatasetSpec spec, DatasetSession session) {}

  /** An executor of one table's plans. */
  public PlanExecutor(SparkSession spark, PlanLog log, String run, Clock clock) {
    this.spark = spark;
    this.log = log;
    this.run = run;
    this.clock = clock;
  }

  /**
   * Does the plan and returns its accounts, which may be somebody else's.
   *
   * @throws TributaryException PLAN_NOT_ADMITTED until an operator rules on the plan,
   *     PLAN_NOT_REPEATABLE, TABLE_UNAVAILABLE, UNACCOUNTED and what the archive and the transforms
   *     throw
   */
  public PlanAccount execute(Plan plan) {
    Optional<PlanAccount> done = log.account(plan.plan());
    if (done.isPresent()) {
      return done.get();
    }
    OpenDataset dataset = dataset(plan);
    SparkSession session = dataset.session().session();
    Optional<SparkSession> active = active();
    SparkSession.setActiveSession(session);
    try {
      return inSession(plan, dataset);
    } finally {
      active.ifPresentOrElse(SparkSession::setActiveSession, SparkSession::clearActiveSession);
    }
  }

  /**
   * Checks that a dataset's transforms can be loaded, with JARs that are beside the plans.
   *
   * @throws TributaryException TRANSFORM_INVALID
   */
  public void check(DatasetSpec spec) {
    DatasetSession.open(spark, spec, this::jar);
  }

  private PlanAccount inSession(Plan plan, OpenDataset dataset) {
    PlanMark mark = new PlanMark(log.application(), plan.plan());
    DeltaTransactions transactions = new DeltaTransactions(dataset.session().session());
    Optional<Ruling> ruling = log.ruling(plan.plan());
    boolean voided =
        ruling.filter(word -> word.ruling() == Ruling.Decision.VOID).isPresent()
            && plan.kind() == PlanKind.LIVE;
    if (!transactions.bears(log.folders().table(), mark)) {
      if (voided) {
        new VoidPlan(plan, log.folders(), mark, transactions).markTable();
      } else if (plan.kind() == PlanKind.DDL) {
        new DefineTable(plan, dataset.spec(), log.folders(), mark, transactions).run();
      } else {
        write(plan, dataset, mark, ruling.isPresent());
      }
    }
    FaultPoint.reach("phase2.after-table");
    Optional<PlanAccount> before =
        plan.plan() == 0 ? Optional.empty() : log.account(plan.plan() - 1);
    MarkedCommit commit = commit(transactions, mark, before);
    Prepared prepared = Prepared.parse(commit.userMetadata(), plan.plan());
    if (prepared.outcome().equals(Prepared.VOID)) {
      new VoidPlan(plan, log.folders(), mark, transactions).removeRows();
    }
    PlanAccount account = account(plan, prepared, commit, before, ruling);
    boolean own = log.put(account);
    FaultPoint.reach("phase2.after-account");
    return own ? account : log.account(plan.plan()).orElseThrow();
  }

  private void write(Plan plan, OpenDataset dataset, PlanMark mark, boolean limitsLifted) {
    PlanWork work =
        new PlanWork(
            plan,
            dataset.spec(),
            dataset.session(),
            log.folders(),
            mark,
            SourceSize.of(plan.source(), configuration()),
            limitsLifted);
    if (dataset.spec().write().mode() == WriteMode.UPSERT) {
      new UpsertWrite(work).run();
      return;
    }
    new AppendWrite(work).run();
  }

  /** The table's versions before the last plan hold no mark of this one. */
  private MarkedCommit commit(
      DeltaTransactions transactions, PlanMark mark, Optional<PlanAccount> before) {
    long from = before.flatMap(account -> account.versions().table()).orElse(-1L);
    return transactions
        .find(log.folders().table(), mark, from)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.TABLE_RESTORED,
                    "The table %s bears plan %d, but no commit after version %d says so. Its log was cleaned or the table restored; compare it with the plan log before going on."
                        .formatted(log.folders().table(), mark.plan(), from)));
  }

  private PlanAccount account(
      Plan plan,
      Prepared prepared,
      MarkedCommit commit,
      Optional<PlanAccount> before,
      Optional<Ruling> ruling) {
    boolean voided = prepared.outcome().equals(Prepared.VOID);
    PlanCounts counts = Accounts.counts(prepared, commit);
    Map<String, PlanCounts> totals =
        new TreeMap<>(before.map(PlanAccount::totals).orElse(Map.of()));
    totals.merge(plan.dataset(), counts, PlanCounts::plus);
    Map<String, Long> inForce = new TreeMap<>(before.map(PlanAccount::inForce).orElse(Map.of()));
    inForce.put(plan.dataset(), plan.datasetVersion());
    return new PlanAccount(
        Plan.FORMAT,
        plan.plan(),
        plan.generation(),
        plan.id(),
        run,
        clock.millis(),
        voided ? PlanOutcome.VOID : PlanOutcome.COMMITTED,
        plan.dataset(),
        plan.datasetVersion(),
        counts,
        new TableVersions(
            Optional.of(commit.version()), prepared.quarantine(), prepared.tombstones()),
        prepared.steps(),
        voided ? before.map(PlanAccount::positions).orElse(Map.of()) : plan.positions(),
        inForce,
        totals,
        voided ? ruling.map(Ruling::reason) : Optional.empty());
  }

  private OpenDataset dataset(Plan plan) {
    if (open.isPresent()
        && open.get().version() == plan.datasetVersion()
        && open.get().spec().name().equals(plan.dataset())) {
      return open.get();
    }
    DatasetSpec spec =
        log.spec(plan.dataset(), plan.datasetVersion())
            .orElseThrow(
                () ->
                    new TributaryException(
                        ErrorCode.LOG_CORRUPT,
                        "Plan %d names version %d of dataset '%s', whose spec is not beside the plan log. Restore it from the metastore."
                            .formatted(plan.plan(), plan.datasetVersion(), plan.dataset())));
    open =
        Optional.of(
            new OpenDataset(
                plan.datasetVersion(), spec, DatasetSession.open(spark, spec, this::jar)));
    return open.get();
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

  private Configuration configuration() {
    return spark.sessionState().newHadoopConf();
  }

  private static Optional<SparkSession> active() {
    scala.Option<SparkSession> active = SparkSession.getActiveSession();
    return active.isEmpty() ? Optional.empty() : Optional.of(active.get());
  }
}
