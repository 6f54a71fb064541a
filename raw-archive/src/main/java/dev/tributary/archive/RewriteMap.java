package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import java.util.List;

/**
 * Where the segments of a range of entries lie now, all of them.
 *
 * @param format of the archive
 * @param from the first sequence
 * @param to the last
 * @param entries those that still hold a segment, ascending
 */
record RewriteMap(int format, long from, long to, List<Moved> entries) {
  /** Of so many entries, from a multiple of it on, one map speaks. */
  static final int BLOCK = 1000;

  /**
   * The segments that an entry first held.
   *
   * @param sequence of the entry
   * @param files where they lie
   */
  record Moved(long sequence, List<ArchiveFile> files) {
    Moved {
      files = List.copyOf(files);
    }
  }

  RewriteMap {
    entries = entries == null ? List.of() : List.copyOf(entries);
  }
}
