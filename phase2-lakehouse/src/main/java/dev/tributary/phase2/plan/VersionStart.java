package dev.tributary.phase2.plan;

import java.util.Optional;

/** Finds the plan that put a version of a dataset in force. */
public final class VersionStart {
  private VersionStart() {}

  /**
   * The accounts of the first plan after which the version, or a later one, was in force: the
   * version in force only grows, so that a few accounts tell.
   *
   * @param latest accounts under which it is in force; the answer where older ones are gone
   */
  public static PlanAccount find(PlanLog log, String dataset, long version, PlanAccount latest) {
    PlanAccount found = latest;
    long low = 0;
    while (low < found.plan()) {
      long middle = low + (found.plan() - low) / 2;
      Optional<PlanAccount> account = log.account(middle);
      if (account.filter(at -> at.inForce().getOrDefault(dataset, 0L) >= version).isPresent()) {
        found = account.get();
      } else {
        low = middle + 1;
      }
    }
    return found;
  }
}
