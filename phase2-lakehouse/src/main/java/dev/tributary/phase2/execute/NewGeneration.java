package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.Succession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.MarkedCommit;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableState;
import dev.tributary.phase2.table.TableTimeline;
import dev.tributary.storage.FaultPoint;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins the next generation of a plan log once the table was restored: ends the one before in the
 * log, closes it on every table, and says from which state the next one goes on. Each step is put
 * if absent, done by its mark, or finds nothing to do once it is done, so that any number of runs
 * may do it, and die in the middle. The session must be the thread's active one.
 */
final class NewGeneration {
  private static final Logger LOG = LoggerFactory.getLogger(NewGeneration.class);
  private static final int ATTEMPTS = 3;

  private final SparkSession session;
  private final DeltaTransactions transactions;
  private final PlanLog log;
  private final String run;
  private final Clock clock;

  NewGeneration(SparkSession session, PlanLog log, String run, Clock clock) {
    this.session = session;
    this.transactions = new DeltaTransactions(session);
    this.log = log;
    this.run = run;
    this.clock = clock;
  }

  /**
   * Begins it, or goes over to it where another run was faster.
   *
   * @param conclude follows a plan to its end that has done something beside the table, and may
   *     lack its account
   * @return false if there is no reason to
   * @throws TributaryException TABLE_RESTORED where the state that the table was brought back to is
   *     none that the log could go on from
   */
  boolean begin(Consumer<Plan> conclude) {
    if (log.advance()) {
      return true;
    }
    if (log.head().isEmpty()) {
      return false;
    }
    Plan newest = log.plan(log.head().getAsLong()).orElseThrow();
    if (newest.kind() != PlanKind.RESTORE) {
      if (!lost(newest)) {
        return false;
      }
      new RestoreDemands(session, log).require(state());
      newest = ending(newest);
      if (!log.put(newest)) {
        // Another run has put a plan, which meets the RESTORE too, or has ended the generation.
        return true;
      }
      FaultPoint.reach("phase2.generation-ended");
    }
    close(newest);
    FaultPoint.reach("phase2.generation-closed");
    Succession succession = succession(newest);
    unaccounted(newest).ifPresent(conclude);
    if (log.put(succession)) {
      LOG.warn(
          "The table {} was restored to what plan {} had left. The plans after it, up to {}, are"
              + " done again in generation {} of the plan log",
          log.folders().table(),
          succession.state(),
          succession.through(),
          succession.generation());
    }
    FaultPoint.reach("phase2.generation-put");
    return log.advance();
  }

  /** The last plan that does something of the generation, if that is of those that release. */
  private Optional<Plan> unaccounted(Plan ending) {
    long n = ending.plan() - 1;
    return n < 0 || log.account(n).isPresent()
        ? Optional.empty()
        : log.plan(n).filter(Plan::releases);
  }

  private boolean lost(Plan newest) {
    Optional<PlanAccount> done = log.latestAccount();
    long since = log.since(done);
    PlanMark mark = new PlanMark(log.application(), newest.plan());
    Optional<MarkedCommit> commit =
        done.filter(account -> account.plan() == newest.plan()).isPresent()
            ? Optional.empty()
            : transactions.find(log.folders().table(), mark, since);
    return new RestoreCheck(log, transactions).lost(since, commit).isPresent();
  }

  private Plan ending(Plan newest) {
    return new Plan(
        newest.format(),
        newest.plan() + 1,
        log.generation(),
        UUID.randomUUID().toString(),
        PlanKind.RESTORE,
        newest.dataset(),
        newest.datasetVersion(),
        run,
        clock.millis(),
        new PlanSource(newest.source().archive(), List.of()),
        List.of(),
        log.latestAccount().map(PlanAccount::positions).orElse(Map.of()),
        Optional.empty());
  }

  /**
   * Keeps every run that still works on a plan of the generation from committing anything: each
   * table is marked with a number that no plan has, and created for that if need be.
   */
  private void close(Plan ending) {
    PlanMark mark = new PlanMark(log.application(), TableTimeline.CLOSED);
    Path table = log.folders().table();
    Contention.outlast(table, () -> transactions.begin(table, mark).commit(ending.id()));
    Path quarantine = log.folders().quarantine();
    Contention.outlast(quarantine, () -> new Quarantine(session, quarantine).close(ending, mark));
    new LateTables(log).close(session, log.planned(ending.plan() - 1), mark, ending.id());
    Path tombstones = log.folders().tombstones();
    TombstoneTable remembered = new TombstoneTable(session, tombstones);
    Contention.outlast(tombstones, () -> remembered.closeIfThere(ending, mark));
    keyed(log.planned(ending.plan() - 1), log.latestAccount())
        .ifPresent(
            spec ->
                Contention.outlast(
                    tombstones, () -> remembered.close(ending, mark, new KeyedLayout(spec))));
  }

  /** The first version with a key among those of the plans that are to be done again. */
  private Optional<DatasetSpec> keyedAgain(Succession succession) {
    return LongStream.rangeClosed(succession.state() + 1, succession.through())
        .mapToObj(log::toDoAgain)
        .flatMap(plan -> keyed(plan, Optional.empty()).stream())
        .findFirst();
  }

  /** A version with a key that writes the table; empty: none of them has one. */
  private Optional<DatasetSpec> keyed(Optional<Plan> plan, Optional<PlanAccount> account) {
    Optional<DatasetSpec> own =
        plan.flatMap(of -> log.spec(of.dataset(), of.datasetVersion()))
            .filter(spec -> spec.write().mode().keyed());
    return own.or(
        () ->
            account.map(PlanAccount::inForce).orElse(Map.of()).entrySet().stream()
                .flatMap(each -> log.spec(each.getKey(), each.getValue()).stream())
                .filter(spec -> spec.write().mode().keyed())
                .findFirst());
  }

  private Succession succession(Plan ending) {
    for (int attempt = 1; ; attempt++) {
      long version = version();
      RestoredState.Found found = state(version);
      if (found.intruder().isEmpty()) {
        new RestoreDemands(session, log).require(found);
        return new Succession(
            Plan.FORMAT,
            ending.generation() + 1,
            UUID.randomUUID().toString(),
            run,
            clock.millis(),
            found.held().plan(),
            Math.max(found.held().plan(), log.last().orElse(-1)),
            version);
      }
      if (attempt == ATTEMPTS) {
        throw new TributaryException(
            ErrorCode.TABLE_UNAVAILABLE,
            "Others restored %s again and again while a new generation of its plan log was begun. It is tried again."
                .formatted(log.folders().table()));
      }
      takeOut(found.intruder().getAsLong());
    }
  }

  /** A plan has committed after the RESTORE, on top of rows that it did not expect to be all. */
  private void takeOut(long intruder) {
    session.sql(
        "RESTORE TABLE delta.%s TO VERSION AS OF %d"
            .formatted(Names.quoted(log.folders().table().toString()), intruder - 1));
  }

  private RestoredState.Found state() {
    return state(version());
  }

  private RestoredState.Found state(long version) {
    return new RestoredState(
            log, new TableTimeline(log.folders().table(), session.sessionState().newHadoopConf()))
        .of(version)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.TABLE_RESTORED,
                    "The table %s was restored to a time, and none of its versions whose commits are kept has the rows that it has now. Restore it to a version instead (RESTORE TABLE delta.`%s` TO VERSION AS OF ...)."
                        .formatted(log.folders().table(), log.folders().table())));
  }

  private long version() {
    return transactions
        .state(log.folders().table())
        .map(TableState::version)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.TABLE_LOST,
                    "The table %s is gone. Bring its folder back from a copy."
                        .formatted(log.folders().table())));
  }

  /**
   * Brings the tombstones and the late tables back to the state that the generation goes on from,
   * before the first of its plans is put.
   */
  void prepare() {
    Succession succession = log.succession().orElseThrow();
    Optional<PlanAccount> account =
        succession.state() < 0 ? Optional.empty() : log.account(succession.state());
    TombstoneTable tombstones = new TombstoneTable(session, log.folders().tombstones());
    keyed(Optional.empty(), account)
        .or(() -> keyedAgain(succession))
        .ifPresent(
            spec ->
                Contention.outlast(
                    log.folders().tombstones(),
                    () ->
                        tombstones.callAs(
                            new PlanMark(log.application() + ":begun", 0), new KeyedLayout(spec))));
    Contention.outlast(
        log.folders().tombstones(),
        () -> tombstones.forget(succession.generation(), succession.state()));
    new LateTables(log).forget(session, succession);
    FaultPoint.reach("phase2.generation-prepared");
  }
}
