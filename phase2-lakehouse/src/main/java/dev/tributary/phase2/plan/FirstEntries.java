package dev.tributary.phase2.plan;

/** Finds the first entry of a topic that a dataset's live plans have read. */
public final class FirstEntries {
  private FirstEntries() {}

  /**
   * Its sequence. A dataset that is younger than a retention begins with what that has left, though
   * its position began with 0.
   *
   * @param last the newest plan that is done
   */
  public static long of(PlanLog log, String dataset, String topic, PlanAccount last) {
    if (last.position(dataset, topic) == 0) {
      return 0;
    }
    long low = 0;
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
