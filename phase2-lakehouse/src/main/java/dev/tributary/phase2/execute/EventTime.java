package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.expr;

import dev.tributary.core.spec.ChangeEventColumns;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.EventTimeSpec;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.phase2.step.Coordinates;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;

/**
 * What a dataset's event time comes to: expectations of their own, with names that no user's has.
 * They are held against the raw ingest time, so that a plan which is done again, or in a backfill
 * years later, finds the same rows late.
 */
final class EventTime {
  /** The name of what has no event time. */
  static final String MISSING = "event-time-missing";

  /** The name of what has one that nobody can mean. */
  static final String ABSURD = "event-time-absurd";

  /** The name and the code of what was ingested too long after it happened. */
  static final String LATE = "event-time-late";

  /** The name and the code of what is said to happen too long after it was ingested. */
  static final String AHEAD = "event-time-ahead";

  private final EventTimeSpec spec;
  private final String column;
  private final String type;
  private final boolean changeEvents;

  private EventTime(EventTimeSpec spec, DatasetSpec dataset) {
    this.spec = spec;
    this.column = "`" + spec.column().replace("`", "``") + "`";
    this.type = spec.isDate(dataset.columns()) ? "date" : "timestamp";
    this.changeEvents = dataset.format() == PayloadFormat.DEBEZIUM;
  }

  static List<Expectation> expectations(DatasetSpec dataset) {
    return dataset.checks().eventTime().stream()
        .map(spec -> new EventTime(spec, dataset))
        .flatMap(time -> Stream.concat(time.unusable(), time.outOfBounds()))
        .toList();
  }

  /**
   * The event time of a row in epoch milliseconds; of a date, when its day begins. Empty where the
   * dataset has none.
   */
  static Optional<Column> millis(DatasetSpec dataset) {
    return dataset
        .checks()
        .eventTime()
        .map(
            spec ->
                expr(
                    "unix_millis(cast(%s as timestamp))"
                        .formatted(new EventTime(spec, dataset).column)));
  }

  /** Before what is late or ahead, so that the record is set aside as what it is. */
  private Stream<Expectation> unusable() {
    // Sources often log no more than the key of a row that was deleted.
    String unlessDeleted =
        changeEvents
            ? " or `%s` = '%s'".formatted(ChangeEventColumns.OP, ChangeEventColumns.DELETE)
            : "";
    return spec.unusable().stream()
        .flatMap(
            policy ->
                Stream.of(
                    new Expectation(
                        MISSING,
                        "%s is not null%s".formatted(column, unlessDeleted),
                        policy,
                        PartitionTime.MISSING,
                        "The column %s has no time, and it is the event time."
                            .formatted(spec.column())),
                    new Expectation(
                        ABSURD,
                        "%s is null or year(%s) between %d and %d%s"
                            .formatted(
                                column,
                                column,
                                PartitionTime.FIRST_YEAR,
                                PartitionTime.LAST_YEAR,
                                unlessDeleted),
                        policy,
                        PartitionTime.ABSURD,
                        PartitionTime.absurd(spec.column()))));
  }

  private Stream<Expectation> outOfBounds() {
    return Stream.of(late(), ahead()).flatMap(Optional::stream);
  }

  private Optional<Expectation> late() {
    return spec.latenessMillis()
        .map(
            millis ->
                expectation(
                    LATE,
                    ">= " + ingested(-millis),
                    spec.late(),
                    "It was ingested more than %d ms after its event time, %s."
                        .formatted(millis, spec.column())));
  }

  private Optional<Expectation> ahead() {
    return spec.aheadMillis()
        .map(
            millis ->
                expectation(
                    AHEAD,
                    "<= " + ingested(millis),
                    spec.ahead(),
                    "It was ingested more than %d ms before its event time, %s."
                        .formatted(millis, spec.column())));
  }

  private Expectation expectation(
      String name, String comparison, CheckPolicy policy, String problem) {
    String predicate = "%s is null or %s %s".formatted(column, column, comparison);
    return new Expectation(name, predicate, policy, name, problem);
  }

  private String ingested(long millis) {
    return "cast(timestamp_millis(unix_millis(%s) + %d) as %s)"
        .formatted(Coordinates.INGEST_TIME, millis, type);
  }
}
