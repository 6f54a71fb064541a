package dev.tributary.phase2.erase;

import dev.tributary.phase2.plan.BackfillHistory;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Records of erasures that were made void, by whoever found that they could not be done or by an
 * operator. A plan may have taken them out of the archive before, where no search finds them then.
 */
final class GivenUp {
  private GivenUp() {}

  private record Place(String topic, int incarnation, int partition, long offset) {}

  /** Those that no later plan has erased. Reads three objects a backfill, replay or erasure. */
  static List<Erasure.Offsets> of(PlanLog log, String dataset) {
    Set<Place> erased = new HashSet<>();
    List<Erasure.Offsets> left = new ArrayList<>();
    BackfillHistory history = new BackfillHistory(log);
    Optional<BackfillHistory.Done> done = history.newest(log.latestAccount());
    while (done.isPresent()) {
      BackfillHistory.Done each = done.get();
      if (each.plan().kind() == PlanKind.ERASE && each.plan().dataset().equals(dataset)) {
        for (Erasure.Offsets records : each.plan().erasure().orElseThrow().records()) {
          if (each.committed()) {
            records.offsets().forEach(offset -> erased.add(place(records, offset)));
          } else {
            without(records, erased).ifPresent(left::add);
          }
        }
      }
      done = history.before(each);
    }
    return left;
  }

  private static Optional<Erasure.Offsets> without(Erasure.Offsets records, Set<Place> erased) {
    List<Long> left =
        records.offsets().stream()
            .filter(offset -> !erased.contains(place(records, offset)))
            .toList();
    return left.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Erasure.Offsets(records.topic(), records.incarnation(), records.partition(), left));
  }

  private static Place place(Erasure.Offsets records, long offset) {
    return new Place(records.topic(), records.incarnation(), records.partition(), offset);
  }
}
