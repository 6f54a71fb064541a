package dev.tributary.metastore.store;

import java.util.List;
import java.util.function.ToLongFunction;

/** How much a page of a list holds, besides what its caller asks for. */
public final class PageSize {
  /** Characters of specs: a page, and what the service holds of it, stays near 1 MB. */
  static final long MOST = 1_000_000;

  private PageSize() {}

  /**
   * How many of the items make a page: the first at least, and no more than are asked for.
   *
   * @param length of an item
   */
  public static <T> int of(List<T> items, int limit, ToLongFunction<T> length) {
    long sum = 0;
    int count = 0;
    while (count < Math.min(limit, items.size())) {
      sum += length.applyAsLong(items.get(count));
      if (count > 0 && sum > MOST) {
        return count;
      }
      count++;
    }
    return count;
  }
}
