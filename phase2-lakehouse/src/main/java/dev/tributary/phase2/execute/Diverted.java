package dev.tributary.phase2.execute;

import java.util.List;
import java.util.Map;

/**
 * What was taken out of the rows of one pass.
 *
 * @param bad the records that go to quarantine
 * @param badCount how many there are; more than {@code bad} holds only if there were too many
 * @param tombstones deletes by a null value, which are read again
 * @param ignored records without a value that the dataset ignores
 * @param ignoredEvents deletes by an event that the dataset ignores, after all steps
 * @param events of an upsert, that were reduced to one a key
 * @param passed rows that left a filter step on rows, for all of these steps but the last
 * @param dropped records that each step on bytes, and the checks, left out
 * @param unmet for how many records each expectation does not hold, without those in quarantine
 * @param firstUnmet the first of them
 */
record Diverted(
    List<BadRecord> bad,
    long badCount,
    long tombstones,
    long ignored,
    long ignoredEvents,
    long events,
    Map<String, Long> passed,
    Map<String, Long> dropped,
    Map<String, Long> unmet,
    Map<String, RecordId> firstUnmet) {
  /** Records that something other than a filter step left out. */
  long explained() {
    return ignored
        + ignoredEvents
        + dropped.getOrDefault(Expectations.STEP, 0L)
        + dropped.getOrDefault(SchemaCheck.STEP, 0L);
  }
}
