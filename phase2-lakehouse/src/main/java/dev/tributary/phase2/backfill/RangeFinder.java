package dev.tributary.phase2.backfill;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.backfill.Selection.EntryBound;
import dev.tributary.phase2.backfill.Selection.OffsetBound;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.RecordRange;
import dev.tributary.phase2.plan.RecordRange.Offsets;
import dev.tributary.phase2.plan.RecordRange.TopicOffsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.apache.hadoop.conf.Configuration;

/** Finds the manifest entries that a selection is about, by a few reads of the log. */
final class RangeFinder {
  private final SourceSpec source;
  private final Selection selection;
  private final Configuration configuration;

  RangeFinder(SourceSpec source, Selection selection, Configuration configuration) {
    this.source = source;
    this.selection = selection;
    this.configuration = configuration;
  }

  /**
   * What was found.
   *
   * @param ranges entries by topic; empty: there are none
   * @param within which records of them; empty: all
   * @param left by topic the sequence from which on the selection goes further than it may
   */
  record Found(List<EntryRange> ranges, Optional<RecordRange> within, Map<String, Long> left) {}

  /**
   * Finds them.
   *
   * @param limit by topic the sequence that must not be reached
   * @throws TributaryException SETTING_INVALID for a topic that the source has not, or where it is
   *     not said which
   */
  Found below(ToLongFunction<String> limit) {
    Map<String, Long> from = sequences(selection.fromSequence());
    Map<String, Long> to = sequences(selection.toSequence());
    Map<String, TopicOffsets> offsets = new TreeMap<>();
    List<EntryRange> ranges = new ArrayList<>();
    Map<String, Long> left = new TreeMap<>();
    for (String topic : source.topics()) {
      ManifestLog log = ManifestLog.open(source.archive().location(), topic, configuration);
      Optional<ManifestEntry> head = log.head();
      if (head.isEmpty()) {
        continue;
      }
      long first = Math.max(from.getOrDefault(topic, 0L), firstOfDays(log, head.get()));
      long last = Math.min(to.getOrDefault(topic, Long.MAX_VALUE), lastOfDays(log, head.get()));
      if (selection.selectsOffsets()) {
        TopicOffsets own = offsetsOf(topic, head.get());
        if (own.partitions().isEmpty()) {
          continue;
        }
        offsets.put(topic, own);
        first = Math.max(first, firstOf(log, own, head.get()));
        last = Math.min(last, lastOf(log, own, head.get()));
      }
      long end = limit.applyAsLong(topic);
      if (Math.min(last, head.get().sequence()) >= end) {
        left.put(topic, Math.max(first, end));
      }
      last = Math.min(Math.min(last, head.get().sequence()), end - 1);
      if (first <= last) {
        ranges.add(new EntryRange(topic, first, last));
      }
    }
    boolean restricted =
        !offsets.isEmpty() || selection.fromTime().isPresent() || selection.toTime().isPresent();
    return new Found(
        ranges,
        restricted
            ? Optional.of(
                new RecordRange(
                    offsets,
                    selection.fromTime().map(Instant::toEpochMilli),
                    selection.toTime().map(Instant::toEpochMilli)))
            : Optional.empty(),
        left);
  }

  private long firstOfDays(ManifestLog log, ManifestEntry head) {
    return selection
        .fromDate()
        .map(day -> log.sequenceAt(begin(day)).orElse(head.sequence() + 1))
        .orElse(0L);
  }

  private long lastOfDays(ManifestLog log, ManifestEntry head) {
    return selection
        .toDate()
        .map(day -> log.sequenceAt(begin(day.plusDays(1))))
        .filter(OptionalLong::isPresent)
        .map(next -> next.getAsLong() - 1)
        .orElse(Long.MAX_VALUE);
  }

  private static long begin(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }

  private static long firstOf(ManifestLog log, TopicOffsets offsets, ManifestEntry head) {
    return offsets.partitions().entrySet().stream()
        .mapToLong(
            each ->
                log.sequenceOf(offsets.incarnation(), each.getKey(), each.getValue().from())
                    .orElse(head.sequence() + 1))
        .min()
        .orElseThrow();
  }

  private static long lastOf(ManifestLog log, TopicOffsets offsets, ManifestEntry head) {
    return offsets.partitions().entrySet().stream()
        .mapToLong(
            each ->
                each.getValue()
                    .to()
                    .map(
                        end ->
                            log.sequenceOf(
                                    offsets.incarnation(), each.getKey(), Math.max(0, end - 1))
                                .orElse(head.sequence()))
                    .orElse(head.sequence()))
        .max()
        .orElseThrow();
  }

  private TopicOffsets offsetsOf(String topic, ManifestEntry head) {
    Map<Integer, Long> from = offsets(selection.fromOffsets(), topic);
    Map<Integer, Long> to = offsets(selection.toOffsets(), topic);
    TreeSet<Integer> named = new TreeSet<>(from.keySet());
    named.addAll(to.keySet());
    Map<Integer, Offsets> partitions = new TreeMap<>();
    for (int partition : named) {
      partitions.put(
          partition,
          new Offsets(from.getOrDefault(partition, 0L), Optional.ofNullable(to.get(partition))));
    }
    return new TopicOffsets(selection.incarnation().orElse(head.incarnation()), partitions);
  }

  private Map<Integer, Long> offsets(List<OffsetBound> bounds, String topic) {
    Map<Integer, Long> offsets = new TreeMap<>();
    for (OffsetBound bound : bounds) {
      if (topic(bound.topic()).equals(topic)) {
        offsets.put(bound.partition(), bound.offset());
      }
    }
    return offsets;
  }

  private Map<String, Long> sequences(List<EntryBound> bounds) {
    Map<String, Long> sequences = new TreeMap<>();
    bounds.forEach(bound -> sequences.put(topic(bound.topic()), bound.sequence()));
    return sequences;
  }

  private String topic(String named) {
    if (named.isEmpty() && source.topics().size() == 1) {
      return source.topics().get(0);
    }
    if (source.topics().contains(named)) {
      return named;
    }
    throw new TributaryException(
        ErrorCode.SETTING_INVALID,
        "The source '%s' has the topics %s, and a sequence or offset is given of %s. Say which: TOPIC=SEQUENCE, TOPIC/PARTITION=OFFSET."
            .formatted(
                source.name(),
                source.topics(),
                named.isEmpty() ? "none of them" : "'" + named + "'"));
  }
}
