package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.storage.ListedObject;
import dev.tributary.storage.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;

/**
 * Removes files that nothing names: those of writers that died or lost, and those that a compaction
 * or an erasure replaced longer ago than the age, so that a reader which planned with them is done.
 * The entry comes first, so that a writer which was asleep since before it cannot commit files that
 * are gone; then whatever is unreferenced and older than the age is deleted. Safe beside running
 * writers, whose files are younger. The one part of the archive that lists.
 */
public final class ArchiveSweep {
  /** Entries that are read at a time. */
  private static final int CHUNK = 1000;

  private final ManifestLog log;
  private final ObjectStore store;
  private final Set<Long> readAsOf;

  /** A sweep of one topic's archive. */
  public ArchiveSweep(ManifestLog log) {
    this(log, Set.of());
  }

  /**
   * As above, beside readers that may go on for longer than the age.
   *
   * @param readAsOf the entries as of which they read: what was found by them stays
   */
  public ArchiveSweep(ManifestLog log, Set<Long> readAsOf) {
    this.log = log;
    this.readAsOf = Set.copyOf(readAsOf);
    this.store = log.store();
  }

  /**
   * What a sweep of this moment would remove, by path. Changes nothing.
   *
   * @param age how old an unreferenced file must be; longer than any batch takes
   * @param now epoch milliseconds
   * @throws TributaryException ARCHIVE_NOT_FOUND, SETTING_INVALID for an age that is not positive
   */
  public List<ListedObject> unreferenced(Duration age, long now) {
    requirePositive(age);
    long before = now - age.toMillis();
    List<ListedObject> candidates = candidates(log.requireHead(), before, now);
    Set<String> referenced = referenced(before);
    return candidates.stream()
        .filter(candidate -> !referenced.contains(relative(candidate.path())))
        .toList();
  }

  /**
   * Sweeps.
   *
   * @param age how old an unreferenced file must be; longer than any batch takes
   * @param now epoch milliseconds
   * @throws TributaryException ARCHIVE_NOT_FOUND, SETTING_INVALID for an age that is not positive
   */
  public SweepReport sweep(Duration age, Author author, long now) {
    requirePositive(age);
    long before = now - age.toMillis();
    ManifestEntry entry = log.announceSweep(new Sweep(before), author, now);
    // Ages are told by the store's clock; where that is behind ours, files look older than they
    // are.
    long olderThan = Math.min(before, putAt(entry) - age.toMillis());
    List<ListedObject> candidates = candidates(entry, olderThan, now);
    Set<String> referenced = referenced(olderThan);
    long deleted = 0;
    long bytes = 0;
    for (ListedObject candidate : candidates) {
      if (!referenced.contains(relative(candidate.path()))) {
        store.delete(candidate.path());
        deleted++;
        bytes += candidate.length();
      }
    }
    return new SweepReport(entry.sequence(), candidates.size(), deleted, bytes);
  }

  private static void requirePositive(Duration age) {
    if (age.isNegative() || age.isZero()) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The age of a sweep is %s. Use one that is longer than any batch takes, such as 24 hours."
              .formatted(age));
    }
  }

  private long putAt(ManifestEntry entry) {
    Path directory = new Path(log.folder(), "_log");
    Iterator<ListedObject> listed =
        store.listFrom(directory, "%020d.json".formatted(entry.sequence()));
    return listed.hasNext() ? listed.next().modifiedAt() : entry.ingestTime();
  }

  private List<ListedObject> candidates(ManifestEntry entry, long olderThan, long now) {
    LocalDate day = day(log.range(0, 0).get(0).ingestTime());
    LocalDate last = day(Math.max(now, entry.ingestTime()));
    List<ListedObject> candidates = new ArrayList<>();
    for (; !day.isAfter(last); day = day.plusDays(1)) {
      Path folder = new Path(log.folder(), "date=" + day);
      addOld(store.listFrom(folder, ""), olderThan, candidates);
      addOld(store.unfinished(folder), olderThan, candidates);
    }
    addOld(store.unfinished(new Path(log.folder(), "_log")), olderThan, candidates);
    addOld(store.listFrom(log.maps().directory(), ""), olderThan, candidates);
    addOld(store.unfinished(log.maps().directory()), olderThan, candidates);
    return candidates;
  }

  private static void addOld(
      Iterator<ListedObject> files, long olderThan, List<ListedObject> candidates) {
    while (files.hasNext()) {
      ListedObject file = files.next();
      if (file.modifiedAt() < olderThan) {
        candidates.add(file);
      }
    }
  }

  /** What a reader finds by the head, or found by any entry since {@code olderThan}. */
  private Set<String> referenced(long olderThan) {
    long head = log.requireHead().sequence();
    Set<String> paths = new HashSet<>();
    // A retention that waits does so for who is reading them.
    ArchiveRetention retention = new ArchiveRetention(log);
    retention.unfinished().map(retention::files).ifPresent(paths::addAll);
    List<HeldFiles> found = foundSince(olderThan, head, paths);
    for (long from = 0; from <= head; from += CHUNK) {
      List<ManifestEntry> entries = log.range(from, Math.min(head, from + CHUNK - 1));
      for (int i = 0; i < found.size(); i++) {
        Optional<List<ManifestEntry>> held = found.get(i).of(entries);
        if (held.isEmpty() && i == found.size() - 1) {
          throw mapGone();
        }
        for (ManifestEntry entry : held.orElse(List.of())) {
          entry.files().stream().map(ArchiveFile::path).forEach(paths::add);
        }
      }
    }
    return paths;
  }

  /** The newest last. What an earlier sweep of a lesser age has removed was found by nobody. */
  private List<HeldFiles> foundSince(long olderThan, long head, Set<String> paths) {
    long first = Math.max(0, log.sequenceAt(olderThan).orElse(head) - 1);
    List<HeldFiles> found = new ArrayList<>();
    for (long sequence : readAsOf) {
      log.entry(sequence)
          .ifPresent(
              entry ->
                  HeldFiles.asOf(entry, log.maps())
                      .ifPresent(files -> keep(entry, files, found, paths)));
    }
    Optional<ManifestEntry> last = Optional.empty();
    for (long from = first; from <= head; from += CHUNK) {
      for (ManifestEntry entry : log.range(from, Math.min(head, from + CHUNK - 1))) {
        if (last.filter(before -> before.placesAs(entry)).isEmpty()) {
          HeldFiles.asOf(entry, log.maps()).ifPresent(files -> keep(entry, files, found, paths));
        }
        last = Optional.of(entry);
      }
    }
    if (last.flatMap(entry -> HeldFiles.asOf(entry, log.maps())).isEmpty()) {
      throw mapGone();
    }
    return found;
  }

  private void keep(
      ManifestEntry entry, HeldFiles files, List<HeldFiles> found, Set<String> paths) {
    found.add(files);
    entry.rewriteIndex().ifPresent(index -> paths.add(inMaps(index)));
    files.index().maps().forEach(row -> paths.add(inMaps(row.map())));
  }

  private String inMaps(String name) {
    return log.maps().directory().getName() + "/" + name + ".json";
  }

  private TributaryException mapGone() {
    return new TributaryException(
        ErrorCode.LOG_CORRUPT,
        "The rewrite maps of %s are missing. Restore _log/_rewrite from a backup or object versions."
            .formatted(log.folder()));
  }

  private static String relative(Path file) {
    return file.getParent().getName() + "/" + file.getName();
  }

  private static LocalDate day(long epochMillis) {
    return Instant.ofEpochMilli(epochMillis).atZone(ZoneOffset.UTC).toLocalDate();
  }
}
