package dev.tributary.phase2.execute;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;

/**
 * Where records are in an archive.
 *
 * @param whole what of it is looked at
 */
record RecordsInArchive(SparkSession spark, PlanSource whole) {
  /** The entry of each record that has one. */
  Map<RecordId, Long> located(Set<RecordId> ids) {
    Map<RecordId, Long> located = new TreeMap<>();
    for (EntryRange range : whole.ranges()) {
      ManifestLog archive = log(range);
      ids.stream()
          .filter(id -> id.topic().equals(range.topic()))
          .forEach(
              id ->
                  archive
                      .sequenceOf(id.incarnation(), id.partition(), id.offset())
                      .ifPresent(sequence -> located.put(id, sequence)));
    }
    return located;
  }

  /** Those of which the archive has an entry, and no longer the record. */
  Set<RecordId> lost(Set<RecordId> ids) {
    Set<RecordId> lost = new TreeSet<>();
    for (EntryRange range : whole.ranges()) {
      ManifestLog archive = log(range);
      TreeMap<Long, List<RecordId>> byEntry = new TreeMap<>();
      for (RecordId id : ids) {
        if (id.topic().equals(range.topic())) {
          archive
              .sequenceOf(id.incarnation(), id.partition(), id.offset())
              .ifPresent(
                  sequence ->
                      byEntry.computeIfAbsent(sequence, entry -> new ArrayList<>()).add(id));
        }
      }
      Map<Long, List<RecordId>> held = byEntry.subMap(range.from(), true, range.to(), true);
      if (held.isEmpty()) {
        continue;
      }
      List<RecordId> wanted = held.values().stream().flatMap(List::stream).toList();
      EntryRange part =
          new EntryRange(
              range.topic(),
              held.keySet().stream().min(Long::compare).orElseThrow(),
              held.keySet().stream().max(Long::compare).orElseThrow());
      lost.addAll(wanted);
      new ArchiveReader(
              RecordScope.WHOLE.only(Exclusion.ids(spark, wanted)),
              new ArchiveHeads(Map.of(range.topic(), range.to())))
          .undecoded(spark, new PlanSource(whole.archive(), List.of(part)))
          .collectAsList()
          .forEach(row -> lost.remove(BadRecord.id(row)));
    }
    return lost;
  }

  /** By topic the entries that hold some. */
  static Map<String, List<Long>> entries(Map<RecordId, Long> found) {
    Map<String, TreeSet<Long>> entries = new TreeMap<>();
    found.forEach(
        (id, sequence) ->
            entries.computeIfAbsent(id.topic(), topic -> new TreeSet<>()).add(sequence));
    Map<String, List<Long>> ordered = new TreeMap<>();
    entries.forEach((topic, sequences) -> ordered.put(topic, List.copyOf(sequences)));
    return ordered;
  }

  /**
   * How many files hold some.
   *
   * @param found with the entry of each
   */
  long files(Map<RecordId, Long> found) {
    long files = 0;
    for (EntryRange range : whole.ranges()) {
      ManifestLog archive = log(range);
      Map<Long, List<RecordId>> byEntry = new TreeMap<>();
      found.forEach(
          (id, sequence) -> {
            if (id.topic().equals(range.topic())) {
              byEntry.computeIfAbsent(sequence, entry -> new ArrayList<>()).add(id);
            }
          });
      Set<String> paths = new HashSet<>();
      byEntry.forEach(
          (sequence, ids) -> {
            for (ManifestEntry entry : archive.held(sequence, sequence, range.to())) {
              for (ArchiveFile file : entry.files()) {
                if (ids.stream().anyMatch(id -> holds(file, id))) {
                  paths.add(file.path());
                }
              }
            }
          });
      files += paths.size();
    }
    return files;
  }

  private static boolean holds(ArchiveFile file, RecordId id) {
    for (Segment segment : file.segments()) {
      if (segment.incarnation() == id.incarnation()
          && segment.partition() == id.partition()
          && segment.first() <= id.offset()
          && id.offset() <= segment.last()) {
        return true;
      }
    }
    return false;
  }

  private ManifestLog log(EntryRange range) {
    return ManifestLog.open(whole.archive(), range.topic(), spark.sessionState().newHadoopConf());
  }
}
