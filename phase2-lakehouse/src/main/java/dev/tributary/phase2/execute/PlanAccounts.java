package dev.tributary.phase2.execute;

import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.Backfilled;
import dev.tributary.phase2.plan.Cutover;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.plan.Ruling;
import dev.tributary.phase2.plan.TableVersions;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.MarkedCommit;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the accounts of a table's plans, each from those of the plan before. */
final class PlanAccounts {
  private static final Logger LOG = LoggerFactory.getLogger(PlanAccounts.class);

  private final PlanLog log;
  private final DeltaTransactions transactions;
  private final String run;
  private final Clock clock;

  PlanAccounts(PlanLog log, DeltaTransactions transactions, String run, Clock clock) {
    this.log = log;
    this.transactions = transactions;
    this.run = run;
    this.clock = clock;
  }

  /**
   * The accounts of a plan.
   *
   * @param prepared what was known before the table's commit
   * @param commit that of the plan; empty where there is no table that could have one
   * @param before the accounts of the plan before
   */
  PlanAccount of(
      Plan plan,
      Prepared prepared,
      Optional<MarkedCommit> commit,
      Optional<PlanAccount> before,
      Optional<Ruling> ruling) {
    boolean voided = prepared.outcome().equals(Prepared.VOID);
    PlanCounts counts =
        commit.map(found -> Accounts.counts(prepared, found)).orElse(PlanCounts.NONE);
    List<Long> unbalanced = new ArrayList<>(before.map(PlanAccount::unbalanced).orElse(List.of()));
    if (!counts.balanced()) {
      unbalanced.add(plan.plan());
      LOG.error(
          "Plan {} of {} read {} records and accounts for {}: {}. Its rows are committed; keep the"
              + " table and the archive as they are, reconcile with --deep, and report this",
          plan.plan(),
          log.folders().table(),
          counts.read(),
          counts.accounted(),
          counts);
    }
    // What was taken out beside the table was not restored: of a plan that is done again it is as
    // that one left it.
    Optional<Replaced> earlier = log.doneBefore(plan.plan()).flatMap(PlanAccount::replaced);
    Replaced replaced =
        voided
            ? Replaced.NOTHING
            : new Replaced(
                prepared.removed(),
                earlier.map(Replaced::quarantined).orElse(prepared.released()),
                earlier
                    .map(Replaced::late)
                    .orElse(prepared.late().map(LateOutcome::released).orElse(0L)));
    Map<String, PlanCounts> totals =
        new TreeMap<>(before.map(PlanAccount::totals).orElse(Map.of()));
    if (!plan.kind().readsAgain()) {
      totals.merge(plan.dataset(), counts, PlanCounts::plus);
    }
    // From here on the table is the new one, and so are its accounts.
    Optional<Cutover> cutover = voided ? Optional.empty() : plan.cutover();
    cutover.ifPresent(to -> totals.put(plan.dataset(), to.totals()));
    Map<String, Long> cutovers = new TreeMap<>(before.map(PlanAccount::cutovers).orElse(Map.of()));
    cutover.ifPresent(to -> cutovers.put(plan.dataset(), plan.plan()));
    Map<String, Long> eventTimes =
        new TreeMap<>(before.map(PlanAccount::eventTimes).orElse(Map.of()));
    cutover.ifPresent(
        to -> {
          eventTimes.remove(plan.dataset());
          to.eventTime().ifPresent(time -> eventTimes.put(plan.dataset(), time));
        });
    prepared.eventTime().ifPresent(time -> eventTimes.merge(plan.dataset(), time, Math::max));
    Map<String, Long> inForce = new TreeMap<>(before.map(PlanAccount::inForce).orElse(Map.of()));
    boolean changes = plan.kind() == PlanKind.DDL || plan.kind() == PlanKind.CUTOVER;
    if (plan.kind() == PlanKind.LIVE || (changes && !voided)) {
      inForce.put(plan.dataset(), plan.datasetVersion());
    }
    TableVersions made =
        new TableVersions(
            commit.map(MarkedCommit::version),
            prepared.quarantine(),
            prepared.tombstones(),
            prepared.late().flatMap(LateOutcome::version));
    return new PlanAccount(
        plan.format(),
        plan.plan(),
        plan.generation(),
        plan.id(),
        run,
        clock.millis(),
        voided ? PlanOutcome.VOID : PlanOutcome.COMMITTED,
        plan.dataset(),
        plan.datasetVersion(),
        counts,
        made,
        prepared.steps(),
        voided ? before.map(PlanAccount::positions).orElse(Map.of()) : plan.positions(),
        inForce,
        totals,
        voided ? ruling.map(Ruling::reason) : Optional.empty(),
        unbalanced,
        plan.releases() ? Optional.of(replaced) : Optional.empty(),
        cutover.isPresent()
            ? cutOver(plan, cutover.get(), before)
            : backfilled(plan, new BackfillTotals(counts, replaced), before),
        prepared.expectations(),
        eventTimes,
        cutovers,
        Optional.of(
            new BesideTables(log, transactions)
                .after(
                    plan,
                    before,
                    accepted(ruling) || cutover.isPresent(),
                    voided || plan.releases() || plan.kind() == PlanKind.DDL,
                    made)));
  }

  /** Whether an operator has accepted a plan. */
  static boolean accepted(Optional<Ruling> ruling) {
    return ruling.filter(word -> word.ruling() == Ruling.Decision.ACCEPT).isPresent();
  }

  private static Optional<Backfilled> backfilled(
      Plan plan, BackfillTotals done, Optional<PlanAccount> before) {
    Optional<Backfilled> known = before.flatMap(PlanAccount::backfilled);
    if (!plan.kind().readsAgain()) {
      return known;
    }
    Map<String, BackfillTotals> totals =
        new TreeMap<>(known.map(Backfilled::totals).orElse(Map.of()));
    totals.merge(plan.dataset(), done, BackfillTotals::plus);
    return Optional.of(new Backfilled(plan.plan(), totals));
  }

  /** What backfills did to the table that was there is not in the new one; erasures are. */
  private static Optional<Backfilled> cutOver(
      Plan plan, Cutover cutover, Optional<PlanAccount> before) {
    return before
        .flatMap(PlanAccount::backfilled)
        .map(
            known -> {
              Map<String, BackfillTotals> totals = new TreeMap<>(known.totals());
              totals.put(plan.dataset(), cutover.again());
              return new Backfilled(known.plan(), totals);
            });
  }
}
