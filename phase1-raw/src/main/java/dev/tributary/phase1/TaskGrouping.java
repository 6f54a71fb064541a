package dev.tributary.phase1;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Cuts a batch's ranges into tasks: enough of them to keep the cores busy and not to be too big,
 * and a topic in as few of them as that allows, because each task writes a file a topic.
 *
 * @param cores how many tasks can run at once
 * @param targetBytes about how much a task reads at most
 * @param smallBytes a batch below this is one task: more would only make more files
 */
record TaskGrouping(int cores, long targetBytes, long smallBytes) {
  /** Ranges that are read one after the other. */
  private static final class Bin {
    private final List<PlannedRange> ranges = new ArrayList<>();
    private long bytes;

    void add(PlannedRange range) {
      ranges.add(range);
      bytes += range.bytes();
    }

    void addAll(Bin other) {
      ranges.addAll(other.ranges);
      bytes += other.bytes;
    }

    long bytes() {
      return bytes;
    }
  }

  /** The ranges of each task, a topic's together and by partition. */
  List<List<PlannedRange>> group(List<PlannedRange> ranges) {
    if (ranges.isEmpty()) {
      return List.of();
    }
    long total = ranges.stream().mapToLong(PlannedRange::bytes).sum();
    int tasks = tasks(total, ranges.size());
    List<Bin> parts = new ArrayList<>();
    byTopic(ranges).values().forEach(topic -> parts.addAll(split(topic, tasks, total)));
    return pack(parts, tasks).stream().map(TaskGrouping::inOrder).toList();
  }

  private int tasks(long total, int ranges) {
    if (total < smallBytes) {
      return 1;
    }
    long bySize = (total + targetBytes - 1) / targetBytes;
    // Whole rounds of all cores: a last round of fewer tasks would leave some cores idle.
    long rounds = (bySize + cores - 1) / cores;
    return (int) Math.min(ranges, Math.max(1, rounds) * cores);
  }

  private static Map<String, List<PlannedRange>> byTopic(List<PlannedRange> ranges) {
    return ranges.stream()
        .collect(Collectors.groupingBy(PlannedRange::topic, TreeMap::new, Collectors.toList()));
  }

  /** A topic's share of the tasks, at least one. */
  private static List<Bin> split(List<PlannedRange> topic, int tasks, long total) {
    long bytes = topic.stream().mapToLong(PlannedRange::bytes).sum();
    long share = Math.round((double) bytes * tasks / Math.max(1, total));
    int parts = (int) Math.max(1, Math.min(share, topic.size()));
    List<Bin> bins =
        topic.stream()
            .map(
                range -> {
                  Bin bin = new Bin();
                  bin.add(range);
                  return bin;
                })
            .toList();
    return pack(bins, parts);
  }

  /** The biggest first, each into the bin that holds least. */
  private static List<Bin> pack(List<Bin> parts, int count) {
    PriorityQueue<Bin> bins = new PriorityQueue<>(Comparator.comparingLong(Bin::bytes));
    for (int i = 0; i < count; i++) {
      bins.add(new Bin());
    }
    parts.stream()
        .sorted(Comparator.comparingLong(Bin::bytes).reversed())
        .forEach(
            part -> {
              Bin least = bins.remove();
              least.addAll(part);
              bins.add(least);
            });
    return bins.stream().filter(bin -> !bin.ranges.isEmpty()).toList();
  }

  private static List<PlannedRange> inOrder(Bin bin) {
    return bin.ranges.stream()
        .sorted(Comparator.comparing(PlannedRange::topic).thenComparingInt(PlannedRange::partition))
        .toList();
  }
}
