package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.storage.FaultPoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;

/**
 * Removes the oldest data of an archive. The log says first what expires, so that no reader begins
 * to read it, and keeps its accounts; then the files are removed, and a mark beside the entry says
 * that they are. A run that dies in between is finished by the next. Who calls this has seen to it
 * that everybody who should have the records has read them. Safe beside writers.
 */
public final class ArchiveRetention {
  private static final String REMOVED = "removed";
  private static final int ATTEMPTS = 5;

  /** Entries that are read at a time. */
  private static final int CHUNK = 1000;

  private final ManifestLog log;

  /** A retention of one topic's archive. */
  public ArchiveRetention(ManifestLog log) {
    this.log = log;
  }

  /** The mark that the files of a retention are removed. */
  private record Removed(int format, long sequence, long files, long removedAt) {}

  private record Counted(Retention retention, RetentionReport report) {}

  /**
   * What {@link #expire} would take out. Changes nothing.
   *
   * @param olderThan epoch milliseconds: the entries of an earlier ingest time
   * @throws TributaryException ARCHIVE_NOT_FOUND
   */
  public RetentionReport preview(long olderThan) {
    return count(log.requireHead(), olderThan).report();
  }

  /**
   * Puts the entry that says what expired; its files are {@link #remove}d next.
   *
   * @param olderThan as for {@link #preview}
   * @param now epoch milliseconds
   * @return the entry; empty where nothing is that old
   * @throws TributaryException ARCHIVE_NOT_FOUND, ARCHIVE_CONFLICT where the files of the retention
   *     before are not removed yet, or others got in between again and again
   */
  public Optional<ManifestEntry> expire(long olderThan, Author author, long now) {
    Optional<ManifestEntry> unfinished = unfinished();
    if (unfinished.isPresent()) {
      throw new TributaryException(
          ErrorCode.ARCHIVE_CONFLICT,
          "The files that expired by entry %d of %s are not removed yet. Run the retention again, which does that first."
              .formatted(unfinished.get().sequence(), log.folder()));
    }
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ManifestEntry head = log.requireHead();
      Counted counted = count(head, olderThan);
      if (counted.report().isEmpty()) {
        return Optional.empty();
      }
      FaultPoint.reach("archive.before-retention");
      Optional<ManifestEntry> entry = log.putRetention(counted.retention(), head, author, now);
      if (entry.isPresent()) {
        FaultPoint.reach("archive.after-retention");
        return entry;
      }
    }
    throw ArchiveCompaction.crowded(log);
  }

  /** The entry of a retention whose files are not all removed yet; empty: there is none. */
  public Optional<ManifestEntry> unfinished() {
    return log.retentionOf(log.requireHead())
        .filter(entry -> !log.isMarked(entry.sequence(), REMOVED));
  }

  /**
   * Removes the files of what expired. Done twice it is done once.
   *
   * @param entry of the retention
   * @param now epoch milliseconds
   * @return how many files there were
   */
  public long remove(ManifestEntry entry, long now) {
    TreeSet<String> files = files(entry);
    for (String path : files) {
      log.store().delete(new Path(log.folder(), path));
      FaultPoint.reach("archive.retention.removing");
    }
    log.mark(
        entry.sequence(),
        REMOVED,
        Json.write(new Removed(ManifestEntry.FORMAT, entry.sequence(), files.size(), now)));
    return files.size();
  }

  /** The files that {@link #remove} removes; who is in the middle of them finds them until then. */
  TreeSet<String> files(ManifestEntry entry) {
    Retention retention = entry.retention().orElseThrow();
    TreeSet<String> files = new TreeSet<>();
    HeldFiles then = asOf(entry).withExpired();
    for (long from = retention.from(); from < retention.before(); from += CHUNK) {
      List<ManifestEntry> entries = log.range(from, Math.min(retention.before(), from + CHUNK) - 1);
      paths(entries, files);
      then.of(entries).ifPresent(held -> paths(held, files));
    }
    files.removeAll(stillNamed(retention.before()));
    return files;
  }

  /** A compacted file may hold segments of entries on both sides. */
  private TreeSet<String> stillNamed(long before) {
    TreeSet<String> named = new TreeSet<>();
    long blockEnd = (before / RewriteMap.BLOCK + 1) * RewriteMap.BLOCK - 1;
    paths(log.held(before, Math.min(blockEnd, log.requireHead().sequence())), named);
    return named;
  }

  private static void paths(List<ManifestEntry> entries, TreeSet<String> paths) {
    for (ManifestEntry entry : entries) {
      entry.files().stream().map(ArchiveFile::path).forEach(paths::add);
    }
  }

  private HeldFiles asOf(ManifestEntry entry) {
    return HeldFiles.asOf(entry, log.maps())
        .or(() -> HeldFiles.asOf(log.requireHead(), log.maps()))
        .orElseThrow();
  }

  private Counted count(ManifestEntry head, long olderThan) {
    long from = head.expiredBefore().orElse(0);
    long before =
        Math.max(from, log.sequenceAt(olderThan).orElse(log.requireHead().sequence() + 1));
    Map<List<Integer>, Long> records = new HashMap<>();
    Map<String, Long> files = new LinkedHashMap<>();
    HeldFiles now = asOf(head);
    for (long first = from; first < before; first += CHUNK) {
      List<ManifestEntry> entries = log.range(first, Math.min(before, first + CHUNK) - 1);
      for (ManifestEntry entry : now.of(entries).orElseThrow(this::outdated)) {
        for (ArchiveFile file : entry.files()) {
          files.put(file.path(), file.bytes());
          for (Segment segment : file.segments()) {
            records.merge(
                List.of(segment.incarnation(), segment.partition()), segment.records(), Long::sum);
          }
        }
      }
    }
    long total = records.values().stream().mapToLong(Long::longValue).sum();
    return new Counted(
        new Retention(from, before, olderThan, total, ranges(from, before, records)),
        new RetentionReport(
            from,
            before,
            total,
            files.size(),
            files.values().stream().mapToLong(Long::longValue).sum()));
  }

  private TributaryException outdated() {
    return new TributaryException(
        ErrorCode.ARCHIVE_CONFLICT,
        "Files of %s were rewritten while they were counted. Run it again."
            .formatted(log.folder()));
  }

  private List<ExpiredRange> ranges(long from, long before, Map<List<Integer>, Long> records) {
    if (before <= from) {
      return List.of();
    }
    Map<List<Integer>, Long> starts = new HashMap<>();
    if (from > 0) {
      log.range(from - 1, from - 1)
          .get(0)
          .partitions()
          .forEach(each -> starts.put(key(each), each.next()));
    }
    List<ExpiredRange> ranges = new ArrayList<>();
    for (PartitionAccount account : log.range(before - 1, before - 1).get(0).partitions()) {
      long start = starts.getOrDefault(key(account), 0L);
      if (account.next() > start) {
        ranges.add(
            new ExpiredRange(
                account.incarnation(),
                account.partition(),
                start,
                account.next(),
                records.getOrDefault(key(account), 0L)));
      }
    }
    return ranges;
  }

  private static List<Integer> key(PartitionAccount account) {
    return List.of(account.incarnation(), account.partition());
  }
}
