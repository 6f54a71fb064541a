package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the segments of entries lie as of one entry of the log: what expired is nowhere, what was
 * rewritten lies where its map says, and the rest where it was first put.
 */
final class HeldFiles {
  private final RewriteMaps maps;
  private final RewriteIndex index;
  private final long expiredBefore;

  private HeldFiles(RewriteMaps maps, RewriteIndex index, long expiredBefore) {
    this.maps = maps;
    this.index = index;
    this.expiredBefore = expiredBefore;
  }

  /** As of an entry; empty where its maps have been swept, which newer ones replaced long ago. */
  static Optional<HeldFiles> asOf(ManifestEntry entry, RewriteMaps maps) {
    return maps.index(entry)
        .map(index -> new HeldFiles(maps, index, entry.expiredBefore().orElse(0)));
  }

  /** The same, with what expired where it lay. */
  HeldFiles withExpired() {
    return new HeldFiles(maps, index, 0);
  }

  /** The maps that are in force. */
  RewriteIndex index() {
    return index;
  }

  /**
   * Successive entries with their segments where they lie; empty where a map has been swept.
   *
   * @param entries as they were put
   */
  Optional<List<ManifestEntry>> of(List<ManifestEntry> entries) {
    if (entries.isEmpty() || (expiredBefore == 0 && index.maps().isEmpty())) {
      return Optional.of(entries);
    }
    long first = Math.max(expiredBefore, entries.get(0).sequence());
    long last = entries.get(entries.size() - 1).sequence();
    Map<Long, List<ArchiveFile>> moved = new HashMap<>();
    List<RewriteIndex.Row> rows = new ArrayList<>();
    for (RewriteIndex.Row row : index.maps()) {
      if (row.from() <= last && row.to() >= first) {
        Optional<RewriteMap> map = maps.map(row.map());
        if (map.isEmpty()) {
          return Optional.empty();
        }
        rows.add(row);
        map.get().entries().forEach(each -> moved.put(each.sequence(), each.files()));
      }
    }
    List<ManifestEntry> held = new ArrayList<>(entries.size());
    for (ManifestEntry entry : entries) {
      long sequence = entry.sequence();
      if (entry.files().isEmpty()) {
        held.add(entry);
      } else if (sequence < expiredBefore) {
        held.add(entry.withFiles(List.of()));
      } else if (rows.stream().anyMatch(row -> row.covers(sequence))) {
        held.add(entry.withFiles(moved.getOrDefault(sequence, List.of())));
      } else {
        held.add(entry);
      }
    }
    return Optional.of(held);
  }
}
