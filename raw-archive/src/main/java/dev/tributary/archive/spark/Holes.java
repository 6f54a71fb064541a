package dev.tributary.archive.spark;

import dev.tributary.archive.Gap;
import dev.tributary.archive.GapKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The offsets of a partition that were not delivered, as they are met in ascending order. */
final class Holes {
  /** More than so many gaps of a range are told as one span with a count for each kind. */
  static final int MAX_GAPS = 64;

  private long[] bounds = new long[16];
  private int size;

  void add(long start, long end) {
    if (start >= end) {
      return;
    }
    if (size == bounds.length) {
      bounds = Arrays.copyOf(bounds, size * 2);
    }
    bounds[size++] = start;
    bounds[size++] = end;
  }

  void addAll(Holes later) {
    for (int i = 0; i < later.size; i += 2) {
      add(later.bounds[i], later.bounds[i + 1]);
    }
  }

  /** As gaps of the kinds that {@code known} says, of {@code otherwise} where it says nothing. */
  List<Gap> toGaps(int incarnation, int partition, List<KnownGap> known, GapKind otherwise) {
    List<Gap> gaps = new ArrayList<>();
    for (int i = 0; i < size; i += 2) {
      long at = bounds[i];
      long end = bounds[i + 1];
      for (KnownGap gap : known) {
        long from = Math.max(at, gap.start());
        long to = Math.min(end, gap.end());
        if (from < to) {
          add(gaps, incarnation, partition, at, from, otherwise);
          add(gaps, incarnation, partition, from, to, gap.kind());
          at = to;
        }
      }
      add(gaps, incarnation, partition, at, end, otherwise);
    }
    return gaps.size() <= MAX_GAPS ? gaps : spans(incarnation, partition, gaps);
  }

  private static void add(
      List<Gap> gaps, int incarnation, int partition, long start, long end, GapKind kind) {
    if (start < end) {
      gaps.add(Gap.of(incarnation, partition, start, end, kind));
    }
  }

  private static List<Gap> spans(int incarnation, int partition, List<Gap> gaps) {
    Map<GapKind, Gap> spans = new EnumMap<>(GapKind.class);
    for (Gap gap : gaps) {
      spans.merge(
          gap.kind(),
          gap,
          (span, next) ->
              new Gap(
                  incarnation,
                  partition,
                  span.start(),
                  next.end(),
                  span.kind(),
                  OptionalLong.of(span.count() + next.count())));
    }
    return List.copyOf(spans.values());
  }
}
