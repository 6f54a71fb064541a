package dev.tributary.phase2.execute;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.BesideVersions;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.Succession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.MarkedCommit;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableState;
import dev.tributary.phase2.table.TableTimeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Looks whether everything that a RESTORE took away can be made again. Where it cannot, nothing is
 * begun, and the dataset stops until the table is brought back.
 */
final class RestoreDemands {
  private final SparkSession session;
  private final PlanLog log;
  private final Map<String, Long> expired = new HashMap<>();

  RestoreDemands(SparkSession session, PlanLog log) {
    this.session = session;
    this.log = log;
  }

  /**
   * Refuses a state from which the log cannot go on without a loss.
   *
   * @throws TributaryException TABLE_RESTORED
   */
  void require(RestoredState.Found found) {
    long state = found.held().plan();
    if (state > log.common(found.held().generation())) {
      throw new TributaryException(
          ErrorCode.TABLE_RESTORED,
          "The table %s was restored to what plan %d had left before generation %d of the plan log began, whose plans do the same again. Bring it back with RESTORE TABLE delta.`%s` TO VERSION AS OF %d; the dataset goes on from there by itself."
              .formatted(
                  log.folders().table(),
                  state,
                  log.generation(),
                  log.folders().table(),
                  log.succession().map(Succession::tableVersion).orElse(0L)));
    }
    List<Plan> fills = new ArrayList<>();
    Optional<Long> quarantine = Optional.empty();
    long newestDone = state;
    for (long n = state + 1; n <= log.last().orElse(-1); n++) {
      Optional<PlanAccount> done = log.everDone(n);
      Plan plan = log.planned(n).orElseThrow();
      Optional<Prepared> open = done.isPresent() ? Optional.empty() : concluded(plan);
      newestDone = done.isPresent() || open.isPresent() ? n : newestDone;
      quarantine = open.isPresent() ? open.get().quarantine() : quarantine;
      if (done.filter(account -> account.outcome() == PlanOutcome.VOID).isPresent()) {
        continue;
      }
      if (done.filter(account -> account.counts().read() == 0).isEmpty()) {
        requireArchived(plan);
      }
      requireNotReplaced(plan, fills);
      requireNotCutOver(plan, done);
      if (plan.kind() == PlanKind.BACKFILL && !plan.replaces()) {
        fills.add(plan);
      }
    }
    requireRemembered(state);
    requireNotLost(quarantine);
    // Nothing of that is written again.
    requireNotRestored("quarantine", log.folders().quarantine(), newestDone);
    requireNotRestored("tombstones table", log.folders().tombstones(), state);
    for (Path late : new LateTables(log).folders()) {
      requireNotRestored("late table", late, state);
    }
  }

  /** What a plan without an account has done that counts as done when the generation begins. */
  private Optional<Prepared> concluded(Plan plan) {
    return plan.releases()
        ? new RestoreCheck(log, new DeltaTransactions(session))
            .unaccounted(plan)
            .map(commit -> Prepared.parse(commit.userMetadata(), plan.plan()))
            .filter(prepared -> !prepared.outcome().equals(Prepared.VOID))
        : Optional.empty();
  }

  /**
   * Each table beside is created where it is not there, once the generation begins.
   *
   * @param quarantine the version of it that bears a plan without an account
   */
  private void requireNotLost(Optional<Long> quarantine) {
    BesideVersions least =
        log.latestAccount()
            .filter(done -> done.generation() == log.generation())
            .flatMap(PlanAccount::beside)
            .orElse(BesideVersions.NONE)
            .atLeast(new BesideVersions(quarantine, Optional.empty(), Map.of()));
    new BesideTables(log, new DeltaTransactions(session))
        .lost(least)
        .ifPresent(
            lost -> {
              throw refused(lost);
            });
  }

  /** What was forgotten after the state has to be known for the plans that come after it. */
  private void requireRemembered(long state) {
    boolean possible =
        log.latestAccount().filter(done -> done.format() >= Plan.SECOND_FORMAT).isPresent();
    OptionalLong by =
        possible
            ? new TombstoneTable(session, log.folders().tombstones()).forgottenBy()
            : OptionalLong.empty();
    if (by.isPresent() && by.getAsLong() > state) {
      throw refused(
          "plan %d has forgotten deletes that plans after plan %d have to know"
              .formatted(by.getAsLong(), state));
    }
  }

  /** Retention may have taken what is to be read again. */
  private void requireArchived(Plan plan) {
    for (EntryRange range : plan.source().ranges()) {
      long before =
          expired.computeIfAbsent(
              range.topic(),
              topic ->
                  ManifestLog.open(
                          plan.source().archive(), topic, session.sessionState().newHadoopConf())
                      .head()
                      .map(head -> head.expiredBefore().orElse(0))
                      .orElse(0L));
      if (range.from() < before) {
        throw refused(
            "plan %d had read entries of topic %s from %d on, and retention has removed those before %d since"
                .formatted(plan.plan(), range.topic(), range.from(), before));
      }
    }
  }

  /** What a replacement took out of the quarantine, a fill before it would not find there. */
  private void requireNotReplaced(Plan plan, List<Plan> fills) {
    if (!plan.replaces()) {
      return;
    }
    for (Plan fill : fills) {
      boolean meets =
          fill.source().ranges().stream()
              .anyMatch(
                  one ->
                      plan.source().ranges().stream()
                          .anyMatch(
                              two ->
                                  one.topic().equals(two.topic())
                                      && one.from() <= two.to()
                                      && two.from() <= one.to()));
      if (meets) {
        throw refused(
            "plan %d had replaced records among which plan %d had filled in what was missing"
                .formatted(plan.plan(), fill.plan()));
      }
    }
  }

  /**
   * Refuses a table beside the dataset's that lacks rows of plans, in whichever generation they
   * were done: a plan that is done again may have written nothing there.
   */
  private void requireNotRestored(String name, Path beside, long upTo) {
    DeltaTransactions transactions = new DeltaTransactions(session);
    Optional<TableState> there = transactions.state(beside);
    if (there.isEmpty() || upTo < 0) {
      return;
    }
    Set<String> applications =
        IntStream.rangeClosed(0, log.generation())
            .mapToObj(log::application)
            .collect(Collectors.toSet());
    OptionalLong written =
        new TableTimeline(beside, session.sessionState().newHadoopConf())
            .newestOf(there.get().version(), applications, upTo);
    OptionalLong restored =
        written.isEmpty()
            ? OptionalLong.empty()
            : transactions.restoredSince(beside, written.getAsLong());
    if (restored.isPresent()) {
      throw new TributaryException(
          ErrorCode.TABLE_RESTORED,
          "The %s %s was restored too, by its version %d, and lacks what plans up to %d have put there. Bring it back with RESTORE TABLE delta.`%s` TO VERSION AS OF %d; the table itself is brought up to date by the dataset's next run."
              .formatted(
                  name, beside, restored.getAsLong(), upTo, beside, restored.getAsLong() - 1));
    }
  }

  /** What a cut-over has replaced beside the table is gone, and the new table's folder may be. */
  private void requireNotCutOver(Plan plan, Optional<PlanAccount> done) {
    if (plan.kind() != PlanKind.CUTOVER) {
      return;
    }
    Optional<Long> version =
        done.flatMap(account -> account.versions().table())
            .or(
                () ->
                    new DeltaTransactions(session)
                        .find(
                            log.folders().table(),
                            new PlanMark(log.application(), plan.plan()),
                            log.since(log.everDone(plan.plan() - 1)))
                        .filter(commit -> !voids(commit, plan))
                        .map(MarkedCommit::version));
    if (version.isPresent()) {
      throw new TributaryException(
          ErrorCode.TABLE_RESTORED,
          "The table %s was restored to a version from before plan %d, which put a rebuilt table in its place under version %d of dataset '%s'; what lay beside the one before is gone. Bring it back with RESTORE TABLE delta.`%s` TO VERSION AS OF %d or a later one; to have the table as it was, register its earlier version anew and rebuild."
              .formatted(
                  log.folders().table(),
                  plan.plan(),
                  plan.datasetVersion(),
                  plan.dataset(),
                  log.folders().table(),
                  version.get()));
    }
  }

  private static boolean voids(MarkedCommit commit, Plan plan) {
    return Prepared.parse(commit.userMetadata(), plan.plan()).outcome().equals(Prepared.VOID);
  }

  private TributaryException refused(String reason) {
    long since = log.since(log.latestAccount());
    return new TributaryException(
        ErrorCode.TABLE_RESTORED,
        "The table %s was restored, and what was taken back cannot all be made again: %s. Bring it back with RESTORE TABLE delta.`%s` TO VERSION AS OF %d, or have the dataset filled anew into another table."
            .formatted(log.folders().table(), reason, log.folders().table(), since));
  }
}
