package dev.tributary.phase2.execute;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * Collects what one pass takes out of its rows, so that good rows go on and nothing is read twice.
 * It is kept by partition and a partition's last report replaces the one before: a stage that runs
 * again counts once, since a pass is deterministic.
 *
 * <p>Synchronized, because Spark's heartbeat writes an accumulator out while its task goes on.
 */
final class Diversion extends AccumulatorV2<BadRecord, Diverted> {
  private static final long serialVersionUID = 1L;

  static final String TOMBSTONES = "tombstones";
  static final String IGNORED = "ignored";
  private static final String IGNORED_EVENTS = "ignored-events";
  private static final String PASSED = "passed:";
  private static final String DROPPED = "dropped:";
  private static final String UNMET = "unmet:";

  private final TreeMap<Integer, TaskTally> byPartition = new TreeMap<>();

  @Override
  public synchronized boolean isZero() {
    return byPartition.isEmpty();
  }

  @Override
  public synchronized AccumulatorV2<BadRecord, Diverted> copy() {
    Diversion copy = new Diversion();
    byPartition.forEach((partition, tally) -> copy.byPartition.put(partition, tally.copy()));
    return copy;
  }

  @Override
  public synchronized void reset() {
    byPartition.clear();
  }

  @Override
  public synchronized void add(BadRecord record) {
    own().bad(record);
  }

  synchronized void tombstone() {
    own().count(TOMBSTONES);
  }

  synchronized void ignored() {
    own().count(IGNORED);
  }

  synchronized void ignoredEvent() {
    own().count(IGNORED_EVENTS);
  }

  synchronized void event() {
    own().event();
  }

  synchronized void passed(String step) {
    own().count(PASSED + step);
  }

  synchronized void dropped(String step) {
    own().count(DROPPED + step);
  }

  /** Of a record that does not go to quarantine. */
  synchronized void unmet(String expectation, RecordId record) {
    own().count(UNMET + expectation);
    own().unmet(expectation, record);
  }

  @Override
  public synchronized void merge(AccumulatorV2<BadRecord, Diverted> other) {
    byPartition.putAll(((Diversion) other).byPartition);
  }

  @Override
  public synchronized Diverted value() {
    List<BadRecord> bad = new ArrayList<>();
    long badCount = 0;
    long events = 0;
    Map<String, Long> counters = new TreeMap<>();
    Map<String, RecordId> firstUnmet = new TreeMap<>();
    for (TaskTally tally : byPartition.values()) {
      bad.addAll(tally.bad());
      badCount += tally.badCount();
      events += tally.events();
      tally.counters().forEach((name, count) -> counters.merge(name, count, Long::sum));
      tally
          .firstUnmet()
          .forEach(
              (name, record) ->
                  firstUnmet.merge(name, record, BinaryOperator.minBy(Comparator.naturalOrder())));
    }
    return new Diverted(
        bad,
        badCount,
        counters.getOrDefault(TOMBSTONES, 0L),
        counters.getOrDefault(IGNORED, 0L),
        counters.getOrDefault(IGNORED_EVENTS, 0L),
        events,
        named(counters, PASSED),
        named(counters, DROPPED),
        named(counters, UNMET),
        firstUnmet);
  }

  private static Map<String, Long> named(Map<String, Long> counters, String prefix) {
    Map<String, Long> named = new TreeMap<>();
    counters.forEach(
        (name, count) -> {
          if (name.startsWith(prefix)) {
            named.put(name.substring(prefix.length()), count);
          }
        });
    return named;
  }

  private TaskTally own() {
    return byPartition.computeIfAbsent(TaskContext.getPartitionId(), id -> new TaskTally());
  }

  private synchronized void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
  }
}
