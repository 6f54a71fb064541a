package dev.tributary.phase1;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A batch that was planned.
 *
 * @param id unique
 * @param at when, by the clock that the planner tells waits by
 * @param ranges what it reads
 */
record BatchPlan(String id, Instant at, List<PlannedRange> ranges) {
  BatchPlan {
    ranges = List.copyOf(ranges);
  }

  Set<String> topics() {
    return ranges.stream().map(PlannedRange::topic).collect(Collectors.toSet());
  }

  PlannedOffset offset() {
    Map<String, PlannedOffset.TopicEnds> ends = new TreeMap<>();
    ranges.stream()
        .collect(Collectors.groupingBy(PlannedRange::topic))
        .forEach(
            (topic, parts) ->
                ends.put(
                    topic,
                    new PlannedOffset.TopicEnds(
                        parts.get(0).incarnation(),
                        parts.stream()
                            .collect(
                                Collectors.toMap(PlannedRange::partition, PlannedRange::end)))));
    return new PlannedOffset(id, ends);
  }
}
