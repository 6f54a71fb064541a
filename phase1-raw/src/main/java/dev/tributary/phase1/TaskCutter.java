package dev.tributary.phase1;

import dev.tributary.core.spec.Isolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Makes tasks of ranges: those of one isolation level share a consumer.
 *
 * @param connection how to reach the cluster
 * @param grouping how many tasks there are
 * @param patience how long a range may deliver nothing; less for those of a topic that failed
 */
record TaskCutter(KafkaConnection connection, TaskGrouping grouping, Duration patience) {
  List<RangeTask> tasks(List<PlannedRange> ranges, Map<String, TopicIngest> topics) {
    Map<Isolation, List<PlannedRange>> byIsolation =
        ranges.stream()
            .collect(
                Collectors.groupingBy(range -> topics.get(range.topic()).source().isolation()));
    List<RangeTask> tasks = new ArrayList<>();
    byIsolation.forEach(
        (isolation, some) ->
            grouping
                .group(some)
                .forEach(
                    group ->
                        tasks.add(
                            new RangeTask(
                                connection,
                                isolation,
                                new ArrayList<>(group),
                                patience(group, topics)))));
    return tasks;
  }

  private HashMap<String, Duration> patience(
      List<PlannedRange> ranges, Map<String, TopicIngest> topics) {
    HashMap<String, Duration> byTopic = new HashMap<>();
    for (PlannedRange range : ranges) {
      int failures = topics.get(range.topic()).health().failures();
      byTopic.put(range.topic(), Stall.shortened(patience, failures));
    }
    return byTopic;
  }
}
