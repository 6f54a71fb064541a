package dev.tributary.phase1;

import dev.tributary.core.spec.Isolation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Makes tasks of ranges: those of one isolation level share a consumer. */
record TaskCutter(KafkaConnection connection, TaskGrouping grouping) {
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
                        tasks.add(new RangeTask(connection, isolation, new ArrayList<>(group)))));
    return tasks;
  }
}
