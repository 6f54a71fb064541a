package dev.tributary.phase2.execute;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/** What one task took out of its rows. */
final class TaskTally implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final long NEVER = Long.MIN_VALUE;

  private final int kept;
  private final List<BadRecord> bad = new ArrayList<>();
  private final Map<String, Long> counters = new TreeMap<>();
  private final Map<String, RecordId> firstUnmet = new TreeMap<>();
  private final Map<String, RecordId> doubled = new TreeMap<>();
  private final Map<String, RowSet> once = new TreeMap<>();
  private long badCount;
  private long events;
  private long latest = NEVER;

  /**
   * Of nothing yet.
   *
   * @param kept how many bad records are kept, so that memory is bounded; all are counted
   */
  TaskTally(int kept) {
    this.kept = kept;
  }

  /** Several bad rows of one record, which come one after the other, are one bad record. */
  void bad(BadRecord record) {
    if (!bad.isEmpty() && bad.get(bad.size() - 1).id().equals(record.id())) {
      bad.set(bad.size() - 1, bad.get(bad.size() - 1).and(record));
      return;
    }
    badCount++;
    if (bad.size() < kept) {
      bad.add(record);
    }
  }

  void count(String counter) {
    count(counter, 1);
  }

  void count(String counter, long more) {
    counters.merge(counter, more, Long::sum);
  }

  /** Counts a row of a step that must not make several of one. */
  void once(String counter, String step, RecordId record, int row) {
    count(counter);
    if (!once.computeIfAbsent(step, name -> new RowSet()).add(record, row)) {
      doubled(step, record);
    }
  }

  /** Remembers a record of which a step makes more rows than it declares. */
  void doubled(String step, RecordId record) {
    doubled.putIfAbsent(step, record);
  }

  /** Remembers the first record for which an expectation does not hold. */
  void unmet(String expectation, RecordId record) {
    firstUnmet.merge(expectation, record, BinaryOperator.minBy(Comparator.naturalOrder()));
  }

  /** An own field: of an upsert's records nearly every one is an event. */
  void event() {
    events++;
  }

  /** Remembers the greatest event time, in epoch milliseconds. */
  void happened(long millis) {
    latest = Math.max(latest, millis);
  }

  TaskTally copy() {
    TaskTally copy = new TaskTally(kept);
    copy.bad.addAll(bad);
    copy.counters.putAll(counters);
    copy.firstUnmet.putAll(firstUnmet);
    copy.doubled.putAll(doubled);
    once.forEach((step, rows) -> copy.once.put(step, rows.copy()));
    copy.badCount = badCount;
    copy.events = events;
    copy.latest = latest;
    return copy;
  }

  List<BadRecord> bad() {
    return bad;
  }

  Map<String, RecordId> firstUnmet() {
    return firstUnmet;
  }

  Map<String, RecordId> doubled() {
    return doubled;
  }

  Map<String, RowSet> once() {
    return once;
  }

  long badCount() {
    return badCount;
  }

  long events() {
    return events;
  }

  OptionalLong latest() {
    return latest == NEVER ? OptionalLong.empty() : OptionalLong.of(latest);
  }

  Map<String, Long> counters() {
    return counters;
  }
}
