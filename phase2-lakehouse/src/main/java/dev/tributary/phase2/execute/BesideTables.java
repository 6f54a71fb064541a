package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.BesideVersions;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.TableVersions;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.TableState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows from the accounts how far quarantine, tombstones and late tables had come, so that one that
 * was lost is not begun anew without a word. The session must be the thread's active one.
 */
final class BesideTables {
  private static final Logger LOG = LoggerFactory.getLogger(BesideTables.class);

  private final PlanLog log;
  private final DeltaTransactions transactions;

  BesideTables(PlanLog log, DeltaTransactions transactions) {
    this.log = log;
    this.transactions = transactions;
  }

  /** One of them, with the version that it has reached at least; empty: nothing is known of it. */
  private record Known(String name, Path folder, Optional<Long> least) {}

  /**
   * What must be there for a plan. Nothing for one that an operator has accepted, and so has taken
   * the loss of; nor for one that cuts over, which puts others in their place.
   *
   * @param before the accounts of the plan before
   */
  static BesideVersions demanded(Plan plan, Optional<PlanAccount> before, boolean accepted) {
    return accepted || plan.kind() == PlanKind.CUTOVER
        ? BesideVersions.NONE
        : of(plan, before).orElse(BesideVersions.NONE);
  }

  /**
   * Accounts of an earlier generation may know more than what an operator has accepted the loss of
   * since; those of earlier releases know nothing.
   */
  private static Optional<BesideVersions> of(Plan plan, Optional<PlanAccount> before) {
    return before
        .filter(done -> done.generation() == plan.generation())
        .flatMap(PlanAccount::beside);
  }

  /**
   * What is known after a plan. Where it cannot be told from the accounts before, the tables are
   * looked at.
   *
   * @param before the accounts of the plan before
   * @param anew whether what was known before does not hold any more
   * @param takenOut whether the plan is of those that remove or change rows or columns there after
   *     the table's commit, which no copy from before may bring back
   * @param made by the plan
   */
  BesideVersions after(
      Plan plan, Optional<PlanAccount> before, boolean anew, boolean takenOut, TableVersions made) {
    if (before.isEmpty()) {
      return BesideVersions.NONE.plus(plan.dataset(), made);
    }
    Optional<BesideVersions> known = of(plan, before);
    if (anew || known.isEmpty()) {
      return now(plan, before.get().inForce().keySet(), known.orElse(BesideVersions.NONE));
    }
    BesideVersions after = known.get().plus(plan.dataset(), made);
    return takenOut ? after.atLeast(now(plan, List.of(plan.dataset()), after)) : after;
  }

  /**
   * As they are, but for the late tables of other datasets, of which the plan says nothing. In a
   * log whose format says that there are none, the store is not asked for any.
   */
  private BesideVersions now(Plan plan, Collection<String> datasets, BesideVersions known) {
    Map<String, Long> late = new TreeMap<>();
    for (String dataset : plan.format() < Plan.SECOND_FORMAT ? List.<String>of() : datasets) {
      Optional<Long> other =
          dataset.equals(plan.dataset()) ? Optional.empty() : known.lateOf(dataset);
      other
          .or(() -> version(log.folders().late(dataset)))
          .ifPresent(version -> late.put(dataset, version));
    }
    return new BesideVersions(
        version(log.folders().quarantine()), version(log.folders().tombstones()), late);
  }

  /** Of a table that cannot be read nothing is known: accounts do not wait for it. */
  private Optional<Long> version(Path folder) {
    try {
      return transactions.state(folder).map(TableState::version);
    } catch (RuntimeException e) {
      LOG.warn(
          "The table {} cannot be read, so that nobody will miss it if it is lost: {}",
          folder,
          e.toString());
      return Optional.empty();
    }
  }

  /**
   * Looks whether those are there that a plan may read or write, and names all that are lost: who
   * takes the loss of one takes that of the others. A late table of another dataset is that one's
   * matter.
   *
   * @throws TributaryException TABLE_LOST
   */
  void require(Plan plan, BesideVersions least) {
    List<String> lost = lost(plan, least);
    if (!lost.isEmpty()) {
      throw refused(plan, lost);
    }
  }

  /** Says what a plan goes on without, since an operator has accepted it, for whatever reason. */
  void noteAccepted(Plan plan, Optional<PlanAccount> before) {
    try {
      for (String lost : lost(plan, of(plan, before).orElse(BesideVersions.NONE))) {
        LOG.error(
            "Plan {} of dataset {} was accepted and goes on without what was there: {}.",
            plan.plan(),
            plan.dataset(),
            lost);
      }
    } catch (RuntimeException e) {
      LOG.warn("A table beside {} cannot be read: {}", log.folders().table(), e.toString());
    }
  }

  private List<String> lost(Plan plan, BesideVersions least) {
    List<Known> all = new ArrayList<>(known(least));
    all.add(
        new Known(
            LateTable.NAME, log.folders().late(plan.dataset()), least.lateOf(plan.dataset())));
    List<String> lost = new ArrayList<>();
    for (Known known : all) {
      if (known.least().isPresent()) {
        Optional<TableState> there = transactions.state(known.folder());
        if (lost(there, known.least())) {
          lost.add(described(known.name(), known.folder(), there, known.least().get()));
        }
      }
    }
    return lost;
  }

  /** Whether the quarantine or the tombstones are lost, in words; empty: neither is. */
  Optional<String> lost(BesideVersions least) {
    return known(least).stream()
        .filter(known -> known.least().isPresent())
        .filter(known -> lost(transactions.state(known.folder()), known.least()))
        .map(
            known ->
                "the %s %s had come to version %d, and is lost"
                    .formatted(known.name(), known.folder(), known.least().orElseThrow()))
        .findFirst();
  }

  private List<Known> known(BesideVersions least) {
    return List.of(
        new Known(TombstoneTable.NAME, log.folders().tombstones(), least.tombstones()),
        new Known(Quarantine.NAME, log.folders().quarantine(), least.quarantine()));
  }

  /** Whether a table has not what it is known to have had. */
  static boolean lost(Optional<TableState> there, Optional<Long> least) {
    return least.isPresent() && there.map(TableState::version).orElse(-1L) < least.get();
  }

  /**
   * Refuses to begin a table anew that was there.
   *
   * @param name what it is
   * @param there the table as it is now
   * @param least the version that it has reached at least; empty: nothing is known of it
   * @throws TributaryException TABLE_LOST
   */
  static void require(
      Plan plan, String name, Path folder, Optional<TableState> there, Optional<Long> least) {
    if (lost(there, least)) {
      throw refused(plan, List.of(described(name, folder, there, least.orElseThrow())));
    }
  }

  private static String described(
      String name, Path folder, Optional<TableState> there, long least) {
    return "the %s %s %s, but had come to version %d"
        .formatted(
            name,
            folder,
            there.map(state -> "ends with version " + state.version()).orElse("is gone"),
            least);
  }

  private static TributaryException refused(Plan plan, List<String> lost) {
    String all = String.join("; ", lost);
    return new TributaryException(
        ErrorCode.TABLE_LOST,
        "%s before plan %d of dataset '%s'. Bring %s back from a copy, or from the bucket's versions; to go on without what was there, accept the plan: docs/operations.md says what that costs."
            .formatted(
                Character.toUpperCase(all.charAt(0)) + all.substring(1),
                plan.plan(),
                plan.dataset(),
                lost.size() == 1 ? "its folder" : "their folders"));
  }
}
