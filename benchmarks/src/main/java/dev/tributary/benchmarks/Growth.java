package dev.tributary.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How much longer the same batches take on the largest table than on the smallest.
 *
 * @param fromRows of the smallest table
 * @param toRows of the largest
 * @param keys of a batch
 * @param factor the median of the largest over that of the smallest
 * @param bound what it has to be less than; empty where the sizes are not those that it is promised
 *     for
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
record Growth(
    Store store, long fromRows, long toRows, long keys, double factor, Optional<Double> bound) {
  private static final double LESS_THAN = 2.0;

  static final long JUDGED_FROM_ROWS = 1_000_000;
  static final long JUDGED_TO_ROWS = 20_000_000;
  static final long JUDGED_KEYS = 100_000;

  /** One of each store that has tables of different sizes. */
  static List<Growth> of(List<MergeTimes> times) {
    List<Growth> growths = new ArrayList<>();
    Comparator<MergeTimes> bySize = Comparator.comparingLong(MergeTimes::rows);
    for (Store store : Store.values()) {
      List<MergeTimes> tables =
          times.stream().filter(each -> each.store() == store).sorted(bySize).toList();
      if (tables.size() > 1) {
        growths.add(between(tables.get(0), tables.get(tables.size() - 1)));
      }
    }
    return growths;
  }

  private static Growth between(MergeTimes small, MergeTimes large) {
    // Tables that are closer to each other, or batches that take longer, would make it easy.
    boolean judged =
        small.rows() == JUDGED_FROM_ROWS
            && large.rows() >= JUDGED_TO_ROWS
            && small.keys() == JUDGED_KEYS;
    return new Growth(
        small.store(),
        small.rows(),
        large.rows(),
        small.keys(),
        large.medianSeconds() / small.medianSeconds(),
        judged ? Optional.of(LESS_THAN) : Optional.empty());
  }

  /** Whether the promise holds; empty if there is none. */
  @JsonProperty
  Optional<Boolean> held() {
    return bound.map(limit -> factor < limit);
  }
}
