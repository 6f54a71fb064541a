package dev.tributary.phase2.execute;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What was taken out of the rows of one pass.
 *
 * @param bad the records that go to quarantine
 * @param badCount how many there are; more than {@code bad} holds only if there were too many
 * @param tombstones deletes by a null value, which are read again
 * @param ignored records without a value that the dataset ignores
 * @param ignoredEvents deletes by an event that the dataset ignores, after all steps
 * @param events of an upsert, that were reduced to one a key
 * @param passed rows that left a step on rows, for those where that must be counted
 * @param entered rows that each step which explodes was given
 * @param exploded how many of these it made rows of
 * @param gathered rows that each step which combines was given
 * @param dropped records that each step on bytes, and the checks, left out
 * @param unmet for how many records each expectation does not hold, without those in quarantine
 * @param firstUnmet the first of them
 * @param doubled records of which a step made more rows than it declares, one a step
 * @param latest the greatest event time of the rows that passed the checks, in epoch milliseconds
 * @param routed rows that come too late for the table and go to the late table
 */
record Diverted(
    List<BadRecord> bad,
    long badCount,
    long tombstones,
    long ignored,
    long ignoredEvents,
    long events,
    Map<String, Long> passed,
    Map<String, Long> entered,
    Map<String, Long> exploded,
    Map<String, Long> gathered,
    Map<String, Long> dropped,
    Map<String, Long> unmet,
    Map<String, RecordId> firstUnmet,
    Map<String, RecordId> doubled,
    OptionalLong latest,
    long routed) {
  /** Rows that steps which explode made besides the first of each. */
  long made() {
    return entered.keySet().stream().mapToLong(this::made).sum();
  }

  /** The same of one step. */
  long made(String step) {
    return passed.getOrDefault(step, 0L) - exploded.getOrDefault(step, 0L);
  }

  /** Rows that steps which combine merged into others. */
  long combined() {
    return gathered.keySet().stream().mapToLong(this::combined).sum();
  }

  /** The same of one step. */
  long combined(String step) {
    return gathered.getOrDefault(step, 0L) - passed.getOrDefault(step, 0L);
  }

  /** Rows of which a step that explodes made none. */
  long leftOut(String step) {
    return entered.getOrDefault(step, 0L) - exploded.getOrDefault(step, 0L);
  }

  /** Records that something other than a filter step left out. */
  long explained() {
    return entered.keySet().stream().mapToLong(this::leftOut).sum()
        + ignored
        + ignoredEvents
        + dropped.getOrDefault(Expectations.STEP, 0L)
        + dropped.getOrDefault(SchemaCheck.STEP, 0L);
  }
}
