package dev.tributary.phase2.live;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ArchiveStart;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.plan.EntryRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** Finds what a dataset's archive holds beyond a position. Used by one thread. */
public final class NextEntries {
  /** Bounds what one plan has to look up. */
  private static final int MOST_ENTRIES = 512;

  /** So many entries without a record are worth a plan: else each look would read them again. */
  private static final int MANY_ENTRIES = 32;

  /** By the archive's location and the topic. */
  private final BiFunction<String, String, ManifestLog> open;

  private final boolean upToNow;
  private final Map<String, ManifestLog> logs = new TreeMap<>();
  private final Map<String, ManifestEntry> firstHeads = new TreeMap<>();

  private NextEntries(BiFunction<String, String, ManifestLog> open, boolean upToNow) {
    this.open = open;
    this.upToNow = upToNow;
  }

  /** Finds whatever comes. */
  public static NextEntries unbounded(Configuration configuration) {
    return unbounded(opening(configuration));
  }

  /** Finds whatever comes, in logs that are opened so. */
  static NextEntries unbounded(BiFunction<String, String, ManifestLog> open) {
    return new NextEntries(open, false);
  }

  /** Finds what each archive holds at the first look at it, however much comes later. */
  static NextEntries upToNow(Configuration configuration) {
    return new NextEntries(opening(configuration), true);
  }

  private static BiFunction<String, String, ManifestLog> opening(Configuration configuration) {
    return (location, topic) -> ManifestLog.open(location, topic, configuration);
  }

  /**
   * What comes next.
   *
   * @param ranges whole entries, by topic
   * @param segments what these entries hold, by topic
   * @param records how many records
   * @param bytes of their lines
   * @param worthwhile whether a plan should be made of it
   * @param waiting records beyond the position, those of the ranges included
   * @param oldestMillis the time of the oldest of them, epoch milliseconds
   */
  public record Next(
      List<EntryRange> ranges,
      Map<String, List<Segment>> segments,
      long records,
      long bytes,
      boolean worthwhile,
      long waiting,
      Optional<Long> oldestMillis) {}

  /** As below, of a source that has all topics that were read. */
  Next after(SourceSpec source, ToLongFunction<String> position, long most) {
    return after(source, List.of(), position, most);
  }

  /**
   * Looks at every topic of the source, and at those that it had before.
   *
   * @param former topics that it has no longer
   * @param position gives the next sequence of a topic
   * @param most about how many records; at least one entry is taken
   */
  public Next after(
      SourceSpec source, List<String> former, ToLongFunction<String> position, long most) {
    List<EntryRange> ranges = new ArrayList<>();
    Map<String, List<Segment>> segments = new TreeMap<>();
    long records = 0;
    long bytes = 0;
    long waiting = 0;
    boolean many = false;
    Optional<Long> oldest = Optional.empty();
    for (String topic : Stream.concat(source.topics().stream(), former.stream()).toList()) {
      ManifestLog log = log(source, topic);
      Optional<ManifestEntry> head = log.head();
      if (former.contains(topic)) {
        if (head.isEmpty() || head.get().sequence() < position.applyAsLong(topic)) {
          // What was begun anew in its place is no business of the dataset's.
          continue;
        }
      } else {
        requireHeld(topic, head, position.applyAsLong(topic));
      }
      if (head.isEmpty()) {
        continue;
      }
      // A dataset that is new begins where what is left begins.
      long from = Math.max(position.applyAsLong(topic), head.get().expiredBefore().orElse(0));
      ManifestEntry end = upToNow ? firstHeads.computeIfAbsent(topic, t -> head.get()) : head.get();
      if (end.sequence() < from) {
        continue;
      }
      long last = Math.min(end.sequence(), from + MOST_ENTRIES - 1);
      many |= last - from + 1 >= MANY_ENTRIES;
      waiting += end.totals().records() - recordsBefore(log, from);
      long to = from - 1;
      for (ManifestEntry entry : log.held(from, last)) {
        List<Segment> held = segmentsOf(entry);
        long more = held.stream().mapToLong(Segment::records).sum();
        // Entries without records before it are no reason to leave the first one with some.
        if (to >= from && records > 0 && more > 0 && records + more > most) {
          break;
        }
        to = entry.sequence();
        records += more;
        bytes += held.stream().mapToLong(Segment::decodedLength).sum();
        segments.computeIfAbsent(topic, name -> new ArrayList<>()).addAll(held);
        oldest = more == 0 ? oldest : earlier(oldest, entry, held);
      }
      ranges.add(new EntryRange(topic, from, to));
    }
    return new Next(ranges, segments, records, bytes, records > 0 || many, waiting, oldest);
  }

  /**
   * Refuses to begin at a time that is not past, since what comes before it is not known yet.
   *
   * @throws TributaryException SPEC_INVALID
   */
  static void requirePast(ArchiveStart start, long now) {
    if (start instanceof ArchiveStart.At at && at.time().toEpochMilli() > now) {
      throw new TributaryException(
          ErrorCode.SPEC_INVALID,
          "The dataset is to begin at %s, which is not past yet. Give an earlier time, or now."
              .formatted(at.time()));
    }
  }

  /** The positions that a dataset begins with, by topic; empty: with its archive. */
  Map<String, Long> first(SourceSpec source, ArchiveStart start) {
    Map<String, Long> first = new TreeMap<>();
    if (start instanceof ArchiveStart.Earliest) {
      return first;
    }
    for (String topic : source.topics()) {
      ManifestLog log = log(source, topic);
      long end = log.head().map(ManifestEntry::sequence).orElse(-1L) + 1;
      first.put(
          topic,
          start instanceof ArchiveStart.At at
              ? log.sequenceAt(at.time().toEpochMilli()).orElse(end)
              : end);
    }
    return first;
  }

  /** An archive that was restored without its newest entries would give their numbers to others. */
  private static void requireHeld(String topic, Optional<ManifestEntry> head, long position) {
    long held = head.map(ManifestEntry::sequence).orElse(-1L) + 1;
    if (held < position) {
      throw TributaryException.of(
          ErrorCode.LOG_CORRUPT,
          "The table has %d entries of topic %s, but its archive has only %d: what comes next would get the numbers of those that were lost, and be left out of the table."
              .formatted(position, topic, held),
          "Stop phase 1 of this topic and restore the archive's _log whole, from object versions or a backup.");
    }
  }

  private static long recordsBefore(ManifestLog log, long sequence) {
    return sequence == 0
        ? 0
        : log.entry(sequence - 1).map(entry -> entry.totals().records()).orElse(0L);
  }

  private static Optional<Long> earlier(
      Optional<Long> oldest, ManifestEntry entry, List<Segment> held) {
    long least =
        held.stream()
            .mapToLong(Segment::minTimestamp)
            .filter(timestamp -> timestamp >= 0)
            // A producer's clock may be ahead, or count nanoseconds.
            .map(timestamp -> Math.min(timestamp, entry.ingestTime()))
            .min()
            .orElse(entry.ingestTime());
    return Optional.of(oldest.map(before -> Math.min(before, least)).orElse(least));
  }

  private static List<Segment> segmentsOf(ManifestEntry entry) {
    return entry.files().stream().map(ArchiveFile::segments).flatMap(List::stream).toList();
  }

  private ManifestLog log(SourceSpec source, String topic) {
    String location = source.archive().location();
    return logs.computeIfAbsent(location + " " + topic, key -> open.apply(location, topic));
  }
}
