package dev.tributary.phase2.execute;

import dev.tributary.phase2.plan.HeldState;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.table.TableTimeline;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds out which plans a table holds that was restored: what its version is a copy of, and of that
 * version again, down to one that the accounts tell of.
 */
final class RestoredState {
  private final PlanLog log;
  private final TableTimeline timeline;

  RestoredState(PlanLog log, TableTimeline timeline) {
    this.log = log;
    this.timeline = timeline;
  }

  /**
   * What was found.
   *
   * @param held the plans that the table holds
   * @param intruder the version of a commit by a plan without an account that lies on top of that:
   *     the table holds its rows too
   */
  record Found(HeldState held, OptionalLong intruder) {}

  /** The state as of a version; empty if a RESTORE on the way was one to a time not known. */
  Optional<Found> of(long version) {
    HeldState held = log.heldAt(version);
    Optional<TableTimeline.Turn> turn =
        timeline.newest(
            held.tableVersion(), version, log.application(held.generation()), held.plan());
    if (turn.isEmpty()) {
      return Optional.of(new Found(held, OptionalLong.empty()));
    }
    if (turn.get().plan().isPresent()) {
      return Optional.of(new Found(held, OptionalLong.of(turn.get().version())));
    }
    OptionalLong target = target(turn.get());
    return target.isEmpty() ? Optional.empty() : of(target.getAsLong());
  }

  private OptionalLong target(TableTimeline.Turn restore) {
    if (restore.restoredTo().isPresent()) {
      return restore.restoredTo();
    }
    Optional<Map<String, String>> properties = timeline.properties(restore.version());
    return timeline.sameFiles(
        restore.version(),
        version -> properties.isEmpty() || within(log.heldAt(version), properties.get()));
  }

  /** Changes of metadata alone leave the files as they are; the versions of datasets tell. */
  private boolean within(HeldState held, Map<String, String> properties) {
    Map<String, Long> inForce =
        held.plan() < 0
            ? Map.of()
            : log.account(held.plan()).map(PlanAccount::inForce).orElse(Map.of());
    return inForce.entrySet().stream()
        .allMatch(
            dataset ->
                Long.parseLong(
                        properties.getOrDefault(TableLayout.versionProperty(dataset.getKey()), "0"))
                    >= dataset.getValue());
  }
}
