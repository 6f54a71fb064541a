package dev.tributary.cli.status;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.cli.reconcile.PartitionAccount;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Since when records of a topic wait at most: they came after the newest record that the archive
 * has of their partition.
 */
final class OldestWaiting {
  /** A partition that rests for longer is not looked for further back. */
  private static final int MOST_ENTRIES = 64;

  private final ManifestLog log;

  OldestWaiting(ManifestLog log) {
    this.log = log;
  }

  /**
   * Epoch milliseconds before which none of the waiting records came; empty where that cannot be
   * said, as for a partition of which the archive has nothing.
   *
   * @param accounts of the topic
   */
  Optional<Long> since(List<PartitionAccount> accounts) {
    Optional<ManifestEntry> head = log.head();
    if (head.isEmpty()) {
      return Optional.empty();
    }
    Set<Integer> looked =
        accounts.stream()
            .filter(account -> account.waiting() > 0)
            .map(PartitionAccount::partition)
            .collect(Collectors.toCollection(HashSet::new));
    int incarnation = head.get().incarnation();
    long oldest = Long.MAX_VALUE;
    Optional<ManifestEntry> entry = head;
    for (int i = 0; i < MOST_ENTRIES && entry.isPresent() && !looked.isEmpty(); i++) {
      for (ArchiveFile file : entry.get().files()) {
        for (Segment segment : file.segments()) {
          if (segment.incarnation() == incarnation && looked.remove(segment.partition())) {
            oldest = Math.min(oldest, newest(segment, entry.get()));
          }
        }
      }
      long before = entry.get().sequence() - 1;
      entry = before < 0 ? Optional.empty() : log.entry(before);
    }
    return looked.isEmpty() && oldest < Long.MAX_VALUE ? Optional.of(oldest) : Optional.empty();
  }

  /** A producer's clock may be ahead, or say nothing. */
  private static long newest(Segment segment, ManifestEntry entry) {
    return segment.maxTimestamp() < 0
        ? entry.ingestTime()
        : Math.min(segment.maxTimestamp(), entry.ingestTime());
  }
}
