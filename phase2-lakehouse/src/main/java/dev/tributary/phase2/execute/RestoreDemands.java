package dev.tributary.phase2.execute;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.Succession;
import dev.tributary.phase2.table.DeltaTransactions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
    OptionalLong quarantine = OptionalLong.empty();
    for (long n = state + 1; n <= log.last().orElse(-1); n++) {
      Optional<PlanAccount> done = log.everDone(n);
      Plan plan = log.planned(n).orElseThrow();
      if (done.filter(account -> account.outcome() == PlanOutcome.VOID).isPresent()) {
        continue;
      }
      requireArchived(plan);
      requireNotReplaced(plan, fills);
      if (plan.kind() == PlanKind.BACKFILL && !plan.replaces()) {
        fills.add(plan);
      }
      Optional<Long> written = done.flatMap(account -> account.versions().quarantine());
      quarantine = written.isPresent() ? OptionalLong.of(written.get()) : quarantine;
    }
    if (quarantine.isPresent()) {
      requireQuarantine(quarantine.getAsLong());
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

  /** Its rows are not written again. */
  private void requireQuarantine(long written) {
    Path quarantine = log.folders().quarantine();
    OptionalLong restored = new DeltaTransactions(session).restoredSince(quarantine, written);
    if (restored.isPresent()) {
      throw new TributaryException(
          ErrorCode.TABLE_RESTORED,
          "The quarantine %s was restored too, by its version %d, and lacks records that plans have set aside. Bring it back with RESTORE TABLE delta.`%s` TO VERSION AS OF %d; the table itself is brought up to date by the dataset's next run."
              .formatted(quarantine, restored.getAsLong(), quarantine, restored.getAsLong() - 1));
    }
  }

  private TributaryException refused(String reason) {
    long since = log.since(log.latestAccount());
    return new TributaryException(
        ErrorCode.TABLE_RESTORED,
        "The table %s was restored, and what was taken back cannot all be made again: %s. Bring it back with RESTORE TABLE delta.`%s` TO VERSION AS OF %d, or have the dataset filled anew into another table."
            .formatted(log.folders().table(), reason, log.folders().table(), since));
  }
}
