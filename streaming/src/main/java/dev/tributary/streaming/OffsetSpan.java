package dev.tributary.streaming;

/**
 * Offsets of a partition that a run committed.
 *
 * @param first the first one
 * @param last the last one, inclusive
 */
public record OffsetSpan(long first, long last) {
  OffsetSpan with(OffsetSpan other) {
    return new OffsetSpan(Math.min(first, other.first), Math.max(last, other.last));
  }
}
