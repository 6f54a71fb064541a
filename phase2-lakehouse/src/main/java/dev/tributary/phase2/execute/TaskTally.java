package dev.tributary.phase2.execute;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/** What one task took out of its rows. */
final class TaskTally implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Keeps the driver's memory bounded; a plan with more bad records is not admitted. */
  static final int KEPT = 200_000;

  private final List<BadRecord> bad = new ArrayList<>();
  private final Map<String, Long> counters = new TreeMap<>();
  private final Map<String, RecordId> firstUnmet = new TreeMap<>();
  private long badCount;
  private long events;

  void bad(BadRecord record) {
    badCount++;
    if (bad.size() < KEPT) {
      bad.add(record);
    }
  }

  void count(String counter) {
    counters.merge(counter, 1L, Long::sum);
  }

  /** Remembers the first record for which an expectation does not hold. */
  void unmet(String expectation, RecordId record) {
    firstUnmet.merge(expectation, record, BinaryOperator.minBy(Comparator.naturalOrder()));
  }

  /** An own field: of an upsert's records nearly every one is an event. */
  void event() {
    events++;
  }

  TaskTally copy() {
    TaskTally copy = new TaskTally();
    copy.bad.addAll(bad);
    copy.counters.putAll(counters);
    copy.firstUnmet.putAll(firstUnmet);
    copy.badCount = badCount;
    copy.events = events;
    return copy;
  }

  List<BadRecord> bad() {
    return bad;
  }

  Map<String, RecordId> firstUnmet() {
    return firstUnmet;
  }

  long badCount() {
    return badCount;
  }

  long events() {
    return events;
  }

  Map<String, Long> counters() {
    return counters;
  }
}
