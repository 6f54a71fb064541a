package dev.tributary.archive.spark;

import dev.tributary.archive.GapKind;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** What a task has seen of one partition: which offsets came, which did not, which were planned. */
final class PartitionProgress {
  private static final long NONE = -1;

  private final String topic;
  private final int incarnation;
  private final int partition;
  private final List<TaskReport.Range> ranges = new ArrayList<>();
  private Holes holes = new Holes();
  private long first = NONE;
  private long next = NONE;

  PartitionProgress(String topic, int incarnation, int partition) {
    this.topic = topic;
    this.incarnation = incarnation;
    this.partition = partition;
  }

  /** A record came. */
  void record(long offset) {
    if (offset < Math.max(next, 0)) {
      throw ConnectorErrors.row(
          "The record of topic %s partition %d offset %d came after the offset %d. Give the records of a partition in the order of their offsets."
              .formatted(topic, partition, offset, next - 1));
    }
    if (first == NONE) {
      first = offset;
    } else if (offset > next) {
      holes.add(next, offset);
    }
    next = offset + 1;
  }

  /** The reader says that it has delivered all that there is of a range. */
  void range(
      long start, long end, KnownGap.Said said, OptionalInt leaderEpoch, OptionalInt recordEpoch) {
    long begin = start;
    for (KnownGap gap : said.known()) {
      begin = Math.min(begin, gap.start());
    }
    if (end < begin || (first != NONE && (first < begin || next > end))) {
      throw ConnectorErrors.row(
          "The range [%d, %d) of topic %s partition %d does not hold its records, %d to %d. Give each range after its own records."
              .formatted(begin, end, topic, partition, first, next - 1));
    }
    Holes all = holes;
    if (first == NONE) {
      all.add(begin, end);
    } else {
      all = new Holes();
      all.add(begin, first);
      all.addAll(holes);
      all.add(next, end);
    }
    ranges.add(
        new TaskReport.Range(
            incarnation,
            partition,
            begin,
            end,
            true,
            all.toGaps(incarnation, partition, said.known(), said.otherwise()),
            leaderEpoch,
            recordEpoch));
    holes = new Holes();
    first = NONE;
    next = end;
  }

  /** All ranges; {@code planned} says that the reader should have told the last one. */
  List<TaskReport.Range> finish(boolean planned, GapKind otherwise) {
    if (first != NONE) {
      if (planned) {
        throw ConnectorErrors.row(
            "The records of topic %s partition %d from offset %d on came without the row of their range, so some may be missing. Give a row with rangeStart and rangeEnd after them."
                .formatted(topic, partition, first));
      }
      ranges.add(
          new TaskReport.Range(
              incarnation,
              partition,
              first,
              next,
              false,
              holes.toGaps(incarnation, partition, List.of(), otherwise),
              OptionalInt.empty(),
              OptionalInt.empty()));
    }
    return ranges;
  }
}
