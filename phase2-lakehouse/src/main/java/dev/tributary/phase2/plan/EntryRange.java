package dev.tributary.phase2.plan;

/**
 * Manifest entries of one topic.
 *
 * @param topic the topic
 * @param from the first entry's sequence
 * @param to the last entry's sequence, inclusive
 */
public record EntryRange(String topic, long from, long to) {
  /** Refuses an empty range. */
  public EntryRange {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException(
          "The range [%d, %d] of topic '%s' is empty.".formatted(from, to, topic));
    }
  }
}
