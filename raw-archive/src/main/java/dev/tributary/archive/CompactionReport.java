package dev.tributary.archive;

/**
 * What a compaction did, or would do.
 *
 * @param rewrites entries that it put, one for at most a thousand entries
 * @param replaced small files
 * @param added files in their place
 * @param bytes of these
 */
public record CompactionReport(long rewrites, long replaced, long added, long bytes) {
  static final CompactionReport NONE = new CompactionReport(0, 0, 0, 0);

  CompactionReport plus(CompactionReport more) {
    return new CompactionReport(
        rewrites + more.rewrites, replaced + more.replaced, added + more.added, bytes + more.bytes);
  }
}
