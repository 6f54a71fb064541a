package dev.tributary.phase2.execute;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.LongStream;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * Collects what one pass takes out of its rows, so that good rows go on and nothing is read twice.
 * It is kept by the place in the pass and the partition there, whose last report replaces the one
 * before: a stage that runs again counts once, since a pass is deterministic, and where a step
 * exchanges rows, the partitions behind it are not taken for those before it.
 *
 * <p>Synchronized, because Spark's heartbeat writes an accumulator out while its task goes on.
 */
final class Diversion extends AccumulatorV2<BadRecord, Diverted> {
  private static final long serialVersionUID = 1L;

  static final String TOMBSTONES = "tombstones";
  static final String IGNORED = "ignored";
  private static final String IGNORED_EVENTS = "ignored-events";
  private static final String PASSED = "passed:";
  private static final String ENTERED = "entered:";
  private static final String EXPLODED = "exploded:";
  private static final String GATHERED = "gathered:";
  private static final String DROPPED = "dropped:";
  private static final String UNMET = "unmet:";
  private static final String BAD = "bad:";
  private static final String EVENTS = "events";
  private static final String ROUTED = "routed";
  private static final String HAPPENED = "happened";

  /** Of no partition. */
  private static final int DRIVER = -1;

  /** As many as a plan may set aside, unless something else is said. */
  static final int KEPT = 200_000;

  private final TreeMap<String, TreeMap<Integer, TaskTally>> byPlace = new TreeMap<>();
  private final int kept;

  /** Of nothing yet. */
  Diversion() {
    this(KEPT);
  }

  /**
   * Of nothing yet.
   *
   * @param kept how many bad records of a task, and of a plan, are kept
   */
  Diversion(int kept) {
    this.kept = kept;
  }

  @Override
  public synchronized boolean isZero() {
    return byPlace.isEmpty();
  }

  @Override
  public synchronized AccumulatorV2<BadRecord, Diverted> copy() {
    Diversion copy = new Diversion(kept);
    byPlace.forEach(
        (place, tallies) ->
            tallies.forEach((partition, tally) -> copy.at(place).put(partition, tally.copy())));
    return copy;
  }

  @Override
  public synchronized void reset() {
    byPlace.clear();
  }

  @Override
  public synchronized void add(BadRecord record) {
    own(BAD + record.step()).bad(record);
  }

  synchronized void tombstone() {
    own(TOMBSTONES).count(TOMBSTONES);
  }

  synchronized void ignored() {
    own(IGNORED).count(IGNORED);
  }

  synchronized void ignoredEvent() {
    own(IGNORED_EVENTS).count(IGNORED_EVENTS);
  }

  synchronized void event() {
    own(EVENTS).event();
  }

  synchronized void passed(String step) {
    own(PASSED + step).count(PASSED + step);
  }

  /** Sees to it that the step is among those whose rows are counted, also if none passes. */
  synchronized void declare(String step) {
    at(PASSED + step).computeIfAbsent(DRIVER, id -> new TaskTally(kept)).count(PASSED + step, 0);
  }

  /** As {@link #passed}, of a step that must not make several rows of one. */
  synchronized void passedOnce(String step, RecordId record, int row) {
    own(PASSED + step).once(PASSED + step, step, record, row);
  }

  /** Of a row that a step which explodes is given. */
  synchronized void entered(String step) {
    own(ENTERED + step).count(ENTERED + step);
  }

  /** Of a row that a step which combines is given. */
  synchronized void gathered(String step) {
    own(GATHERED + step).count(GATHERED + step);
  }

  /** Of a row that a step which explodes has made rows of. */
  synchronized void exploded(String step) {
    own(EXPLODED + step).count(EXPLODED + step);
  }

  /** Of a record of which there are more rows than the step declares, or apart from each other. */
  synchronized void doubled(String step, RecordId record) {
    own(PASSED + step).doubled(step, record);
  }

  synchronized void dropped(String step) {
    own(DROPPED + step).count(DROPPED + step);
  }

  /** Of a row that comes too late for the table and has one of its own. */
  synchronized void routed() {
    own(ROUTED).count(ROUTED);
  }

  /** Of a record that does not go to quarantine. */
  synchronized void unmet(String expectation, RecordId record) {
    TaskTally own = own(UNMET + expectation);
    own.count(UNMET + expectation);
    own.unmet(expectation, record);
  }

  /** Of a row that has an event time, in epoch milliseconds. */
  synchronized void happened(long millis) {
    own(HAPPENED).happened(millis);
  }

  @Override
  public synchronized void merge(AccumulatorV2<BadRecord, Diverted> other) {
    ((Diversion) other).byPlace.forEach((place, tallies) -> at(place).putAll(tallies));
  }

  @Override
  public synchronized Diverted value() {
    List<BadRecord> bad = new ArrayList<>();
    long badCount = 0;
    long events = 0;
    OptionalLong latest = OptionalLong.empty();
    Map<String, Long> counters = new TreeMap<>();
    Map<String, RecordId> firstUnmet = new TreeMap<>();
    Map<String, RecordId> doubled = new TreeMap<>();
    Map<String, RowSet> once = new TreeMap<>();
    for (TaskTally tally :
        byPlace.values().stream().flatMap(tallies -> tallies.values().stream()).toList()) {
      tally.doubled().forEach(doubled::putIfAbsent);
      tally
          .once()
          .forEach(
              (step, rows) ->
                  once.computeIfAbsent(step, name -> new RowSet())
                      .addAll(rows)
                      .ifPresent(record -> doubled.putIfAbsent(step, record)));
      bad.addAll(tally.bad());
      badCount += tally.badCount();
      events += tally.events();
      latest = LongStream.concat(latest.stream(), tally.latest().stream()).max();
      tally.counters().forEach((name, count) -> counters.merge(name, count, Long::sum));
      tally
          .firstUnmet()
          .forEach(
              (name, record) ->
                  firstUnmet.merge(name, record, BinaryOperator.minBy(Comparator.naturalOrder())));
    }
    bad.sort(Comparator.comparing(BadRecord::id));
    return new Diverted(
        bad,
        badCount,
        counters.getOrDefault(TOMBSTONES, 0L),
        counters.getOrDefault(IGNORED, 0L),
        counters.getOrDefault(IGNORED_EVENTS, 0L),
        events,
        named(counters, PASSED),
        named(counters, ENTERED),
        named(counters, EXPLODED),
        named(counters, GATHERED),
        named(counters, DROPPED),
        named(counters, UNMET),
        firstUnmet,
        doubled,
        latest,
        counters.getOrDefault(ROUTED, 0L));
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

  private TaskTally own(String place) {
    return at(place).computeIfAbsent(TaskContext.getPartitionId(), id -> new TaskTally(kept));
  }

  private TreeMap<Integer, TaskTally> at(String place) {
    return byPlace.computeIfAbsent(place, name -> new TreeMap<>());
  }

  private synchronized void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
  }
}
