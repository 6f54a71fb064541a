package dev.tributary.phase2.execute;

import dev.tributary.core.spec.CoordinatesSpec;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.RecordRange;
import dev.tributary.phase2.step.Coordinates;
import java.util.ArrayList;
import java.util.List;

/** What a plan reads, as SQL on the coordinates that rows bear. */
final class SourceCondition {
  private SourceCondition() {}

  /** True for the rows of the records that a plan reads. */
  static String of(PlanSource source) {
    return of(source, CoordinatesSpec.standard());
  }

  /** The same for rows of a table that calls their coordinates so. */
  static String of(PlanSource source, CoordinatesSpec names) {
    List<String> entries = new ArrayList<>();
    for (EntryRange range : source.ranges()) {
      entries.add(
          "(%s = %s AND %s BETWEEN %d AND %d)"
              .formatted(
                  named(names, Coordinates.TOPIC),
                  text(range.topic()),
                  named(names, Coordinates.SEQUENCE),
                  range.from(),
                  range.to()));
    }
    String condition = "(%s)".formatted(String.join(" OR ", entries));
    return source.within().isEmpty()
        ? condition
        : "%s AND %s".formatted(condition, within(source.within().get(), names));
  }

  /** True for the records of a range, among those of its entries. */
  static String within(RecordRange range) {
    return within(range, CoordinatesSpec.standard());
  }

  private static String within(RecordRange range, CoordinatesSpec names) {
    List<String> all = new ArrayList<>();
    if (range.timed()) {
      all.add(
          "%s >= timestamp_millis(%d)"
              .formatted(named(names, Coordinates.TIMESTAMP), range.firstTime()));
      range
          .toTime()
          .ifPresent(
              end ->
                  all.add(
                      "%s < timestamp_millis(%d)"
                          .formatted(named(names, Coordinates.TIMESTAMP), end)));
    }
    List<String> partitions = new ArrayList<>();
    range
        .offsets()
        .forEach(
            (topic, offsets) ->
                offsets
                    .partitions()
                    .forEach(
                        (partition, span) ->
                            partitions.add(
                                "(%s = %s AND %s = %d AND %s = %d AND %s >= %d%s)"
                                    .formatted(
                                        named(names, Coordinates.TOPIC),
                                        text(topic),
                                        named(names, Coordinates.INCARNATION),
                                        offsets.incarnation(),
                                        named(names, Coordinates.PARTITION),
                                        partition,
                                        named(names, Coordinates.OFFSET),
                                        span.from(),
                                        span.to()
                                            .map(
                                                end ->
                                                    " AND %s < %d"
                                                        .formatted(
                                                            named(names, Coordinates.OFFSET), end))
                                            .orElse("")))));
    if (!partitions.isEmpty()) {
      all.add("(%s)".formatted(String.join(" OR ", partitions)));
    }
    return all.isEmpty() ? "true" : "(%s)".formatted(String.join(" AND ", all));
  }

  private static String named(CoordinatesSpec names, String coordinate) {
    return Names.quoted(names.inTable(coordinate));
  }

  static String text(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
