package dev.tributary.phase2.maintain;

import dev.tributary.phase2.live.PlanWatch;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.streaming.StopSignal;
import java.util.Optional;

/**
 * Sees to it that of the commits of one maintenance run at most one comes between a plan's
 * beginning and its end, so that a plan loses to it once at most.
 */
final class CommitTurns {
  private final PlanWatch watch;
  private Optional<Plan> met = Optional.empty();

  CommitTurns(PlanWatch watch) {
    this.watch = watch;
  }

  /** Called before work that ends in a commit; waits while a plan that has met one is done. */
  void await(StopSignal stop) throws InterruptedException {
    if (met.isPresent()) {
      // Where its run is dead, there is nobody who could lose again.
      watch.done(met.get(), stop);
      met = Optional.empty();
    }
  }

  /** Called after a commit. */
  void committed() {
    met = watch.open();
  }
}
