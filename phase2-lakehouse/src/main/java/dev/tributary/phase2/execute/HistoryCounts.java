package dev.tributary.phase2.execute;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/**
 * What became of the events of a history. Versions of other events that were corrected are no
 * records, and in none of the counts.
 *
 * @param inserted became versions
 * @param deleted deletes that end a version
 * @param unmatched deletes that come after no version, or after another delete
 * @param held events that the table, or what it remembers of deletes, has already
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record HistoryCounts(long inserted, long deleted, long unmatched, long held) {}
