package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.FileRewriter;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.storage.FaultPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.hadoop.fs.Path;

/**
 * Puts other files in the place of some that hold segments of one block of entries. A segment keeps
 * its sequence, its order among the others and, unless a record of it is erased, its stored bytes.
 * What it leaves behind where it dies or loses is named by no entry, for a sweep. Used by one
 * thread.
 */
final class BlockRewrite {
  /** One request brings at most so many bytes, unless a single segment has more. */
  private static final long MAX_REQUEST = 16 << 20;

  /**
   * A segment of an entry.
   *
   * @param sequence of the entry that first held it
   * @param segment where it lies now
   */
  record Held(long sequence, Segment segment) {}

  /** A file and what of it belongs to the archive, in the order in which it stands there. */
  record Source(ArchiveFile file, List<Held> segments) {
    long bytes() {
      return segments.stream().mapToLong(held -> held.segment().length()).sum();
    }

    String day() {
      return file.path().substring(0, file.path().indexOf('/'));
    }
  }

  private record Place(String path, long start) {}

  private record Target(ArchiveFile file, Optional<Segment> segment) {}

  private final ManifestLog log;
  private final ManifestEntry head;
  private final long from;
  private final long to;
  private final Optional<RewriteIndex.Row> before;
  private final List<ManifestEntry> entries;
  private final Map<String, Source> sources = new LinkedHashMap<>();
  private final Map<Place, Target> moved = new HashMap<>();
  private final Map<List<Integer>, TreeSet<Long>> erased = new HashMap<>();
  private long added;
  private long replaced;
  private long bytes;

  /**
   * A rewrite of the entries of a block from {@code from} to {@code to}, and of those around them
   * that the block's map speaks of already.
   *
   * @param head the newest entry
   */
  BlockRewrite(ManifestLog log, ManifestEntry head, long from, long to) {
    this.log = log;
    this.head = head;
    long block = from / RewriteMap.BLOCK;
    HeldFiles files = HeldFiles.asOf(head, log.maps()).orElseThrow(() -> mapsGone(log));
    this.before = files.index().ofBlock(block);
    long expired = head.expiredBefore().orElse(0);
    this.from = Math.max(expired, before.map(row -> Math.min(row.from(), from)).orElse(from));
    this.to = before.map(row -> Math.max(row.to(), to)).orElse(to);
    this.entries = files.of(log.range(this.from, this.to)).orElseThrow(() -> mapsGone(log));
    for (ManifestEntry entry : entries) {
      for (ArchiveFile file : entry.files()) {
        Source source =
            sources.computeIfAbsent(file.path(), path -> new Source(file, new ArrayList<>()));
        file.segments().forEach(each -> source.segments().add(new Held(entry.sequence(), each)));
      }
    }
    sources.values().forEach(source -> source.segments().sort(BlockRewrite::byStart));
  }

  private static int byStart(Held one, Held other) {
    return Long.compare(one.segment().start(), other.segment().start());
  }

  private static TributaryException mapsGone(ManifestLog log) {
    return new TributaryException(
        ErrorCode.LOG_CORRUPT,
        "The rewrite maps of %s changed while they were read. Run it again."
            .formatted(log.folder()));
  }

  /** The files of these entries, in the order of the entries. */
  Collection<Source> sources() {
    return sources.values();
  }

  /** The entries with their segments where they lie. */
  List<ManifestEntry> entries() {
    return entries;
  }

  /** Puts one file in the place of several of one day and compression. */
  void combine(List<Source> group) {
    copy(group, Map.of());
  }

  /**
   * Puts a file in the place of another that lacks some of its records.
   *
   * @param dropped offsets by incarnation and partition
   */
  void erase(Source source, Map<List<Integer>, TreeSet<Long>> dropped) {
    copy(List.of(source), dropped);
  }

  private void copy(List<Source> group, Map<List<Integer>, TreeSet<Long>> dropped) {
    Source first = group.get(0);
    String path = freshName(first);
    List<Segment> written = new ArrayList<>();
    Map<Place, Optional<Segment>> places = new LinkedHashMap<>();
    try (FileRewriter writer =
        new FileRewriter(
            log.store().create(new Path(log.folder(), path)),
            log.topic(),
            first.file().compression())) {
      for (Source source : group) {
        copy(source, dropped, writer, places);
      }
      places.values().forEach(segment -> segment.ifPresent(written::add));
      if (!written.isEmpty()) {
        FaultPoint.reach("archive.rewrite.file.middle");
        writer.finish();
        added++;
        bytes += writer.bytes();
      }
      ArchiveFile file = new ArchiveFile(path, first.file().compression(), writer.bytes(), written);
      places.forEach((place, segment) -> moved.put(place, new Target(file, segment)));
      replaced += group.size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void copy(
      Source source,
      Map<List<Integer>, TreeSet<Long>> dropped,
      FileRewriter writer,
      Map<Place, Optional<Segment>> places)
      throws IOException {
    for (List<Held> together : requests(source.segments())) {
      Segment first = together.get(0).segment();
      Segment last = together.get(together.size() - 1).segment();
      byte[] stored =
          read(
              source, first.start(), Math.toIntExact(last.start() + last.length() - first.start()));
      for (Held held : together) {
        Segment segment = held.segment();
        int start = (int) (segment.start() - first.start());
        TreeSet<Long> lost =
            dropped.getOrDefault(
                List.of(segment.incarnation(), segment.partition()), new TreeSet<>());
        places.put(
            new Place(source.file().path(), segment.start()),
            lost.subSet(segment.first(), true, segment.last(), true).isEmpty()
                ? Optional.of(writer.copy(source.file(), segment, stored, start))
                : writer.without(
                    source.file(), segment, stored, start, offset -> drop(segment, lost, offset)));
      }
    }
  }

  private boolean drop(Segment segment, TreeSet<Long> lost, long offset) {
    if (!lost.contains(offset)) {
      return false;
    }
    erased
        .computeIfAbsent(
            List.of(segment.incarnation(), segment.partition()), key -> new TreeSet<>())
        .add(offset);
    return true;
  }

  private static List<List<Held>> requests(List<Held> segments) {
    List<List<Held>> requests = new ArrayList<>();
    long end = -1;
    long size = 0;
    for (Held held : segments) {
      Segment segment = held.segment();
      if (segment.start() != end || size + segment.length() > MAX_REQUEST) {
        requests.add(new ArrayList<>());
        size = 0;
      }
      requests.get(requests.size() - 1).add(held);
      size += segment.length();
      end = segment.start() + segment.length();
    }
    return requests;
  }

  private byte[] read(Source source, long start, int length) {
    Path path = new Path(log.folder(), source.file().path());
    return log.store()
        .readRange(path, start, length)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.ARCHIVE_CHECKSUM,
                    "The file %s, which the manifest log names, is gone. Restore it from a backup or an object version."
                        .formatted(path)));
  }

  private static String freshName(Source source) {
    Segment first = source.segments().get(0).segment();
    return "%s/%s%05d-%020d-%s%s"
        .formatted(
            source.day(),
            first.incarnation() == 0 ? "" : "i%d-".formatted(first.incarnation()),
            first.partition(),
            first.first(),
            UUID.randomUUID().toString().replace("-", ""),
            source.file().compression().suffix());
  }

  /**
   * Puts the map and its entry.
   *
   * @param compacted whether compaction has no more to do with these entries
   * @return the entry; empty where somebody else got in between, and it is to be made anew
   */
  Optional<ManifestEntry> commit(
      RewriteReason reason, boolean compacted, Author author, long ingestTime) {
    List<RewriteMap.Moved> now = new ArrayList<>();
    for (ManifestEntry entry : entries) {
      List<ArchiveFile> files = files(entry);
      if (!files.isEmpty()) {
        now.add(new RewriteMap.Moved(entry.sequence(), files));
      }
    }
    FaultPoint.reach("archive.before-rewrite-map");
    String map = log.maps().write(new RewriteMap(ManifestEntry.FORMAT, from, to, now));
    return log.putRewrite(
        new Rewrite(reason, from, to, map, added, replaced, bytes, lost()),
        new RewriteIndex.Row(from, to, map, compacted),
        head,
        author,
        ingestTime);
  }

  /** Whether the block's map says that compaction has no more to do there. */
  boolean wasCompacted() {
    return before.map(RewriteIndex.Row::compacted).orElse(false);
  }

  /** Whether a record was found that is to be erased. */
  boolean erases() {
    return !erased.isEmpty();
  }

  /** Whether what this was made by is no longer what the log says. */
  boolean isOutdated() {
    return !log.requireHead().placesAs(head);
  }

  private List<ErasedRecords> lost() {
    return erased.entrySet().stream()
        .map(
            each ->
                new ErasedRecords(
                    each.getKey().get(0), each.getKey().get(1), List.copyOf(each.getValue())))
        .sorted(
            Comparator.comparingInt(ErasedRecords::incarnation)
                .thenComparingInt(ErasedRecords::partition))
        .toList();
  }

  /** Where the segments of an entry lie after this, neighbours of one file together. */
  private List<ArchiveFile> files(ManifestEntry entry) {
    List<ArchiveFile> files = new ArrayList<>();
    for (ArchiveFile file : entry.files()) {
      for (Segment segment : file.segments()) {
        Target target = moved.get(new Place(file.path(), segment.start()));
        if (target == null) {
          add(files, file, segment);
        } else {
          target.segment().ifPresent(there -> add(files, target.file(), there));
        }
      }
    }
    return files;
  }

  private static void add(List<ArchiveFile> files, ArchiveFile file, Segment segment) {
    List<Segment> segments = new ArrayList<>();
    int last = files.size() - 1;
    if (last >= 0 && files.get(last).path().equals(file.path())) {
      segments.addAll(files.remove(last).segments());
    }
    segments.add(segment);
    files.add(new ArchiveFile(file.path(), file.compression(), file.bytes(), segments));
  }
}
