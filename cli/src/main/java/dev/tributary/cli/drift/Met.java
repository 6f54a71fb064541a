package dev.tributary.cli.drift;

import dev.tributary.core.infer.ValueTypes;
import dev.tributary.core.infer.ValueTypes.Kind;
import java.util.LinkedHashMap;
import java.util.Map;

/** What was met at one place of records: how often, where first, and what kinds of values. */
final class Met {
  private final Map<Kind, Place> firsts = new LinkedHashMap<>();
  private final Place first;
  private Place last;
  private long records;
  private ValueTypes types = ValueTypes.NONE;

  Met(Place first) {
    this.first = first;
  }

  /**
   * Values of one kind.
   *
   * @param values how many
   * @param first where the first of them is
   */
  record Kinds(long values, Place first) {
    String text(String kind) {
      return "%,d %s from %d:%d".formatted(values, kind, first.partition(), first.offset());
    }
  }

  void see(Place place, ValueTypes value) {
    if (!place.equals(last)) {
      records++;
      last = place;
    }
    value.counts().keySet().forEach(kind -> firsts.putIfAbsent(kind, place));
    types = types.plus(value);
  }

  Place first() {
    return first;
  }

  long records() {
    return records;
  }

  ValueTypes types() {
    return types;
  }

  /** By kind, the first that was met first. */
  Map<String, Kinds> kinds() {
    Map<String, Kinds> kinds = new LinkedHashMap<>();
    firsts.forEach(
        (kind, place) -> kinds.put(kind.text(), new Kinds(types.counts().get(kind), place)));
    return kinds;
  }
}
