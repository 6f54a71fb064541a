package dev.tributary.phase2.plan;

import java.util.Optional;

/** Finds the first entry of a topic that a dataset's table has read. */
public final class FirstEntries {
  private FirstEntries() {}

  /**
   * Its sequence. A dataset that is younger than a retention begins with what that has left, though
   * its position began with 0; a table that was cut over with what the new one had read.
   *
   * @param last the newest plan that is done
   */
  public static long of(PlanLog log, String dataset, String topic, PlanAccount last) {
    if (last.position(dataset, topic) == 0) {
      return 0;
    }
    Optional<Plan> cutOver =
        Optional.ofNullable(last.cutovers().get(dataset)).flatMap(log::planned);
    Optional<Long> first =
        cutOver.flatMap(Plan::cutover).map(Cutover::first).map(all -> all.get(topic));
    if (first.isPresent()) {
      return first.get();
    }
    long low = cutOver.map(Plan::plan).orElse(0L);
    long begun = last.plan();
    while (low < begun) {
      long middle = low + (begun - low) / 2;
      if (log.account(middle).filter(done -> done.position(dataset, topic) > 0).isPresent()) {
        begun = middle;
      } else {
        low = middle + 1;
      }
    }
    long position = log.account(begun).orElse(last).position(dataset, topic);
    return log.plan(begun).orElseThrow().source().ranges().stream()
        .filter(range -> range.topic().equals(topic))
        .mapToLong(EntryRange::from)
        .findFirst()
        .orElse(position);
  }
}
