package dev.tributary.phase2.plan;

import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Topics that a dataset has read and that its source has no longer, nor any other one. What of
 * their archives is not in the table yet is read on: taking a topic out of a source says that no
 * more is to come, not that what came is to be left out.
 */
public final class FormerTopics {
  private FormerTopics() {}

  /**
   * Those of a dataset that has had this source alone, by name; none where it had another one
   * before, since then it is that one's topics that it does not read any more. Costs nothing where
   * the source has all topics that were read, else a look at all sources and an object for each
   * version.
   *
   * @param account the newest plan that is done
   * @param sources gives all sources
   */
  public static List<String> of(
      PlanLog log,
      String dataset,
      SourceSpec source,
      PlanAccount account,
      Supplier<List<SourceSpec>> sources) {
    TreeSet<String> former = new TreeSet<>(account.positionsOf(dataset).keySet());
    former.removeAll(source.topics());
    if (former.isEmpty()) {
      return List.of();
    }
    sources.get().stream()
        .filter(other -> other.state() != SpecState.RETIRED)
        .map(SourceSpec::topics)
        .forEach(former::removeAll);
    long inForce = account.inForce().getOrDefault(dataset, 0L);
    for (long version = 1; version <= inForce; version++) {
      boolean other =
          log.spec(dataset, version)
              .filter(spec -> !spec.source().equals(source.name()))
              .isPresent();
      if (other) {
        return List.of();
      }
    }
    return new ArrayList<>(former);
  }
}
