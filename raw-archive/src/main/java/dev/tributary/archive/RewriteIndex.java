package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All rewrite maps that are in force.
 *
 * @param format of the archive
 * @param maps ascending; no two speak of one sequence
 */
record RewriteIndex(int format, List<Row> maps) {
  static final RewriteIndex EMPTY = new RewriteIndex(ManifestEntry.FORMAT, List.of());

  /**
   * One map.
   *
   * @param from the first sequence that it speaks of
   * @param to the last
   * @param map its name
   * @param compacted whether compaction has no more to do there
   */
  record Row(
      long from,
      long to,
      String map,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean compacted) {
    boolean covers(long sequence) {
      return from <= sequence && sequence <= to;
    }
  }

  RewriteIndex {
    maps = maps == null ? List.of() : List.copyOf(maps);
  }

  /** The map of a block of entries; each block has one at most. */
  Optional<Row> ofBlock(long block) {
    return maps.stream().filter(row -> row.from() / RewriteMap.BLOCK == block).findFirst();
  }

  /** The same with another map of its block, without the maps of what expired. */
  RewriteIndex with(Row fresh, long expiredBefore) {
    List<Row> rows = new ArrayList<>();
    long block = fresh.from() / RewriteMap.BLOCK;
    for (Row row : maps) {
      if (row.from() / RewriteMap.BLOCK != block && row.to() >= expiredBefore) {
        rows.add(row);
      }
    }
    rows.add(fresh);
    rows.sort(java.util.Comparator.comparingLong(Row::from));
    return new RewriteIndex(ManifestEntry.FORMAT, rows);
  }
}
