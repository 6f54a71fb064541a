package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.MarkedCommit;
import dev.tributary.phase2.table.PlanMark;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.fs.Path;

/** Looks whether a RESTORE took rows away that the plan log calls written. */
final class RestoreCheck {
  private final PlanLog log;
  private final Path table;
  private final DeltaTransactions transactions;

  RestoreCheck(PlanLog log, DeltaTransactions transactions) {
    this.log = log;
    this.table = log.folders().table();
    this.transactions = transactions;
  }

  /**
   * The version of the RESTORE.
   *
   * @param since the table's version that holds all plans before the newest; negative: there is
   *     none, and nothing that could be lost
   * @param commit that of the newest plan, if it is there. A RESTORE before it lost what plans
   *     before had written, one after it this plan's rows too
   */
  OptionalLong lost(long since, Optional<MarkedCommit> commit) {
    if (since < 0) {
      return OptionalLong.empty();
    }
    if (commit.isEmpty()) {
      return transactions.restoredSince(table, since);
    }
    OptionalLong before = before(since, commit.get());
    OptionalLong after = transactions.restoredSince(table, commit.get().version());
    return after.isPresent() ? after : before;
  }

  /**
   * The RESTORE on top of which a plan was committed, so that nobody went on from there.
   *
   * @param since as above
   */
  OptionalLong before(long since, MarkedCommit commit) {
    return since < 0 || commit.version() == since + 1
        ? OptionalLong.empty()
        : transactions.restoredSince(table, since, commit.version());
  }

  /**
   * The table's commit of a plan that has no account, unless a RESTORE had taken rows away that it
   * is on top of.
   */
  Optional<MarkedCommit> unaccounted(Plan plan) {
    Optional<PlanAccount> before =
        plan.plan() == 0 ? Optional.empty() : log.account(plan.plan() - 1);
    long since = log.since(before);
    return transactions
        .find(table, new PlanMark(log.application(), plan.plan()), since)
        .filter(found -> before(since, found).isEmpty());
  }

  /**
   * Refuses to go on where rows are lost.
   *
   * @throws TributaryException TABLE_RESTORED
   */
  void require(long since, Optional<MarkedCommit> commit) {
    OptionalLong restored = lost(since, commit);
    if (restored.isPresent()) {
      throw new TributaryException(
          ErrorCode.TABLE_RESTORED,
          "Version %d of the table %s is a RESTORE that took back what plans had written. They are done again in a new generation of the plan log; to have the rows back as they were instead, stop the dataset's runs and call RESTORE TABLE delta.`%s` TO VERSION AS OF %d."
              .formatted(
                  restored.getAsLong(),
                  table,
                  table,
                  commit.map(MarkedCommit::version).orElse(since)));
    }
  }
}
