package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a request holds of the ranges that are taken in: their segments and gaps, which must account
 * for every offset exactly once. A segment of a range that is held already is left out; one of no
 * range at all would be lost in silence, and is refused.
 */
final class RangeContents {
  private static final Comparator<OffsetRange> ORDER =
      Comparator.comparingInt(OffsetRange::incarnation)
          .thenComparingInt(OffsetRange::partition)
          .thenComparingLong(OffsetRange::start);

  private final String topic;
  private final TreeMap<OffsetRange, List<Segment>> segments = new TreeMap<>(ORDER);
  private final TreeMap<OffsetRange, List<Gap>> gapsOf = new TreeMap<>(ORDER);
  private final List<ArchiveFile> files = new ArrayList<>();
  private final List<Gap> gaps = new ArrayList<>();

  RangeContents(String topic, CommitRequest request, List<OffsetRange> continuing) {
    this.topic = topic;
    for (OffsetRange range : request.ranges()) {
      // An empty range holds nothing and would hide the one that begins where it stands.
      if (range.end() > range.start()) {
        segments.put(range, new ArrayList<>());
        gapsOf.put(range, new ArrayList<>());
      }
    }
    Set<OffsetRange> taken = new HashSet<>(continuing);
    for (ArchiveFile file : request.files()) {
      List<Segment> kept = new ArrayList<>();
      for (Segment segment : file.segments()) {
        OffsetRange range =
            rangeOf(
                segment.incarnation(), segment.partition(), segment.first(), segment.last() + 1);
        segments.get(range).add(segment);
        if (taken.contains(range)) {
          kept.add(segment);
        }
      }
      if (!kept.isEmpty()) {
        files.add(new ArchiveFile(file.path(), file.compression(), file.bytes(), kept));
      }
    }
    for (Gap gap : request.gaps()) {
      OffsetRange range = rangeOf(gap.incarnation(), gap.partition(), gap.start(), gap.end());
      gapsOf.get(range).add(gap);
      if (taken.contains(range)) {
        gaps.add(gap);
      }
    }
    continuing.forEach(this::requireAccounted);
  }

  /** The files with the segments that are taken in. */
  List<ArchiveFile> files() {
    return files;
  }

  /** The gaps that are taken in. */
  List<Gap> gaps() {
    return gaps;
  }

  /** The number of records in a range. */
  long records(OffsetRange range) {
    return segments.get(range).stream().mapToLong(Segment::records).sum();
  }

  /** The number of offsets without a record in a range. */
  Map<GapKind, Long> gapOffsets(OffsetRange range) {
    EnumMap<GapKind, Long> explained = new EnumMap<>(GapKind.class);
    gapsOf.get(range).forEach(gap -> explained.merge(gap.kind(), gap.count(), Long::sum));
    return explained;
  }

  /** The number of records in all files that are taken in. */
  long totalRecords() {
    return files.stream()
        .flatMap(file -> file.segments().stream())
        .mapToLong(Segment::records)
        .sum();
  }

  private OffsetRange rangeOf(int incarnation, int partition, long start, long end) {
    OffsetRange range = segments.floorKey(new OffsetRange(incarnation, partition, start, end));
    if (range == null
        || range.incarnation() != incarnation
        || range.partition() != partition
        || range.end() < end) {
      throw unaccounted(
          new OffsetRange(incarnation, partition, start, end), "no range of the batch holds it");
    }
    return range;
  }

  private void requireAccounted(OffsetRange range) {
    long end = range.start();
    for (Segment segment :
        segments.get(range).stream().sorted(Comparator.comparingLong(Segment::first)).toList()) {
      if (segment.first() < end) {
        throw unaccounted(range, "the offset %d is there twice".formatted(segment.first()));
      }
      end = segment.last() + 1;
    }
    long count = records(range);
    long missing = gapOffsets(range).values().stream().mapToLong(Long::longValue).sum();
    if (count + missing != range.end() - range.start()) {
      throw unaccounted(
          range, "%d records and %d offsets without one do not fill it".formatted(count, missing));
    }
    requireBetween(range);
  }

  /**
   * Where the counts are right, an offset can still be there twice and another one not at all: no
   * two gaps may hold the same offset, and each must lie beside the records or between them.
   */
  private void requireBetween(OffsetRange range) {
    TreeMap<Long, Segment> byFirst = new TreeMap<>();
    segments.get(range).forEach(segment -> byFirst.put(segment.first(), segment));
    // A span only says how many of its offsets have no record.
    List<Gap> spans = gapsOf.get(range).stream().filter(gap -> gap.offsets().isPresent()).toList();
    Map<Long, Long> inside = new HashMap<>();
    long end = range.start();
    for (Gap gap : whole(range)) {
      if (gap.start() < end) {
        throw unaccounted(range, "the gap at offset %d is there twice".formatted(gap.start()));
      }
      end = gap.end();
      Map.Entry<Long, Segment> before = byFirst.lowerEntry(gap.end());
      if (before == null || before.getValue().last() < gap.start()) {
        continue;
      }
      Segment segment = before.getValue();
      if (gap.start() <= segment.first() || gap.end() > segment.last()) {
        throw unaccounted(
            range, "the gap [%d, %d) holds a record's offset".formatted(gap.start(), gap.end()));
      }
      inside.merge(segment.first(), gap.count(), Long::sum);
    }
    for (Segment segment : byFirst.values()) {
      long offsets = segment.last() - segment.first() + 1;
      long told = segment.records() + inside.getOrDefault(segment.first(), 0L);
      boolean spanned =
          spans.stream()
              .anyMatch(span -> span.start() <= segment.last() && span.end() > segment.first());
      if (told > offsets || (told < offsets && !spanned)) {
        throw unaccounted(
            range,
            "%d records and offsets without one do not fill the segment %d to %d"
                .formatted(told, segment.first(), segment.last()));
      }
    }
  }

  private List<Gap> whole(OffsetRange range) {
    return gapsOf.get(range).stream()
        .filter(gap -> gap.offsets().isEmpty())
        .sorted(Comparator.comparingLong(Gap::start))
        .toList();
  }

  private TributaryException unaccounted(OffsetRange range, String problem) {
    return new TributaryException(
        ErrorCode.UNACCOUNTED,
        "The range [%d, %d) of topic %s partition %d is not accounted for: %s. Nothing was committed; report this with the log of the run."
            .formatted(range.start(), range.end(), topic, range.partition(), problem));
  }
}
