package dev.tributary.archive.spark;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.connector.read.InputPartition;

/** Collects the segments of ranges of manifest entries and deals them out to tasks. */
final class ScanPlanner {
  /** Entries that are read at a time. */
  private static final int CHUNK = 1000;

  /** Below so many stored bytes a task is not worth starting. */
  private static final long MIN_TASK_BYTES = 256 << 10;

  private final OffsetSelection selection;
  private final List<FileSlice> slices = new ArrayList<>();

  ScanPlanner(OffsetSelection selection) {
    this.selection = selection;
  }

  /** Adds the segments of the entries from one sequence to another, both inclusive. */
  void add(ManifestLog log, long from, long toInclusive) {
    add(log, from, toInclusive, log::held);
  }

  /** As {@link #add(ManifestLog, long, long)}, with the segments as of an entry. */
  void addAsOf(ManifestLog log, long from, long toInclusive, long asOf) {
    add(log, from, toInclusive, (first, last) -> log.held(first, last, asOf));
  }

  @FunctionalInterface
  private interface Held {
    List<ManifestEntry> of(long from, long toInclusive);
  }

  private void add(ManifestLog log, long from, long toInclusive, Held held) {
    for (long first = from; first <= toInclusive; first += CHUNK) {
      for (ManifestEntry entry : held.of(first, Math.min(toInclusive, first + CHUNK - 1))) {
        for (ArchiveFile file : entry.files()) {
          List<Segment> wanted =
              file.segments().stream()
                  .filter(segment -> selection.touches(log.topic(), segment))
                  .toList();
          if (!wanted.isEmpty()) {
            slices.add(slice(log, entry, file, wanted));
          }
        }
      }
    }
  }

  private static FileSlice slice(
      ManifestLog log, ManifestEntry entry, ArchiveFile file, List<Segment> segments) {
    return new FileSlice(
        log.topic(),
        log.folder().toString(),
        entry.sequence(),
        entry.ingestTime(),
        new ArchiveFile(file.path(), file.compression(), file.bytes(), segments));
  }

  /**
   * Tasks of about the same number of stored bytes, in the order of the log: as many as there are
   * cores, more where a task would read more than {@code maxBytes}.
   */
  InputPartition[] tasks(int cores, long maxBytes) {
    long total = slices.stream().mapToLong(FileSlice::bytes).sum();
    long target =
        Math.max(1, Math.min(maxBytes, Math.max(MIN_TASK_BYTES, (total + cores - 1) / cores)));
    int count = (int) Math.max(1, (total + target - 1) / target);
    List<List<FileSlice>> tasks = new ArrayList<>();
    long before = 0;
    long current = -1;
    for (FileSlice slice : slices) {
      List<Segment> together = new ArrayList<>();
      for (Segment segment : slice.file().segments()) {
        // By its middle, a segment belongs to the task that would hold most of it.
        long task = Math.min(count - 1, (before + segment.length() / 2) / target);
        if (task != current) {
          flush(slice, together, tasks);
          tasks.add(new ArrayList<>());
          current = task;
        }
        together.add(segment);
        before += segment.length();
      }
      flush(slice, together, tasks);
    }
    return tasks.stream()
        .map(files -> new ScanTask(files, selection).pack())
        .toArray(InputPartition[]::new);
  }

  private static void flush(FileSlice slice, List<Segment> together, List<List<FileSlice>> tasks) {
    if (together.isEmpty()) {
      return;
    }
    ArchiveFile file = slice.file();
    tasks
        .get(tasks.size() - 1)
        .add(
            new FileSlice(
                slice.topic(),
                slice.folder(),
                slice.sequence(),
                slice.ingestTime(),
                new ArchiveFile(file.path(), file.compression(), file.bytes(), together)));
    together.clear();
  }
}
