package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.EventTimeSpec;
import dev.tributary.core.spec.ExpectationSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventTimeIT {
  private static final Instant INGESTED = Instant.parse("2125-03-01T12:00:00Z");
  private static final Optional<Long> A_WEEK = Optional.of(Duration.ofDays(7).toMillis());
  private static final Optional<Long> AN_HOUR = Optional.of(Duration.ofHours(1).toMillis());

  @TempDir Path folder;

  /** The clock of the machine is a hundred years behind: what counts is when it was ingested. */
  @Test
  void whatIsLateOrAheadIsToldByTheIngestTimeAndByTheDayOfADate() throws Exception {
    TestLake lake = new TestLake(folder);
    register(
        lake,
        new EventTimeSpec("at", A_WEEK, CheckPolicy.QUARANTINE, AN_HOUR, CheckPolicy.DROP),
        new ExpectationSpec("lettered", "id < 'd'", CheckPolicy.WARN));
    lake.archive()
        .put(
            INGESTED.toEpochMilli(),
            List.of(
                message("a", row("a", "2125-02-22T12:00:00Z")),
                message("b", row("b", "2125-02-22T11:59:59.999Z")),
                message("c", row("c", "2125-03-01T13:00:00Z")),
                message("d", row("d", "2125-03-01T13:00:00.001Z")),
                message("e", "{\"id\":\"e\"}")));
    PipelineMetrics metrics = new PipelineMetrics("events", "phase2", Clock.systemUTC());
    lake.unit("first", metrics).run(new StopSignal());

    assertThat(lake.query("select id from t order by id")).containsExactly("[a]", "[c]", "[e]");
    assertThat(lake.query("select _offset, _step, _code, _message from q"))
        .containsExactly(
            "[1,checks,event-time-late,It was ingested more than 604800000 ms after its event time, at.]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(5, 3, 0, 0, 1, 1, 0, 0, 0));
    assertThat(lake.account().expectations())
        .containsExactly(
            new ExpectationCount("event-time-late", "quarantine", 1),
            new ExpectationCount("event-time-ahead", "drop", 1),
            new ExpectationCount("lettered", "warn", 2));
    assertThat(lake.account().eventTimes())
        .as("of the rows that were written, c's")
        .isEqualTo(Map.of("events", c()));
    assertThat(metrics.snapshot().eventTimeMax()).contains(Instant.ofEpochMilli(c()).toString());
    assertThat(
            Files.readString(
                folder.resolve(
                    "lake/_plans/events/00000/%020d.done.json".formatted(lake.account().plan()))))
        .endsWith(",\"eventTimes\":{\"events\":4896507600000},\"beside\":{\"quarantine\":0}}");

    register(
        lake, new EventTimeSpec("day", A_WEEK, CheckPolicy.DROP, AN_HOUR, CheckPolicy.QUARANTINE));
    lake.archive()
        .put(
            INGESTED.plusSeconds(1).toEpochMilli(),
            List.of(
                message("f", "{\"id\":\"f\",\"day\":\"2125-02-22\"}"),
                message("g", "{\"id\":\"g\",\"day\":\"2125-02-21\"}"),
                message("h", "{\"id\":\"h\",\"day\":\"2125-03-01\"}"),
                message("i", "{\"id\":\"i\",\"day\":\"2125-03-02\"}")));
    lake.run();

    assertThat(lake.query("select id from t where day is not null order by id"))
        .containsExactly("[f]", "[h]");
    assertThat(lake.query("select _offset, _code from q order by _offset"))
        .containsExactly("[1,event-time-late]", "[8,event-time-ahead]");
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(lake.account().eventTimes()).as("an earlier one").containsEntry("events", c());
    lake.archive()
        .put(
            INGESTED.plus(Duration.ofDays(2)).toEpochMilli(),
            List.of(message("j", "{\"id\":\"j\",\"day\":\"2125-03-03\"}")));
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();
    assertThat(lake.account().eventTimes())
        .as("when its day begins")
        .isEqualTo(Map.of("events", Instant.parse("2125-03-03T00:00:00Z").toEpochMilli()));
  }

  /** Whatever else is said of what is late or ahead, and though no partition comes from it. */
  @Test
  void aTimeThatIsMissingOrThatNobodyCanMeanIsSetAsideWhereTheDatasetSaysSo() throws Exception {
    TestLake lake = new TestLake(folder);
    EventTimeSpec bounds =
        new EventTimeSpec(
            "at",
            A_WEEK,
            CheckPolicy.WARN,
            AN_HOUR,
            CheckPolicy.QUARANTINE,
            Optional.of(CheckPolicy.QUARANTINE));
    register(lake, bounds);
    lake.archive().put(INGESTED.toEpochMilli(), unusable());
    lake.run();

    assertThat(lake.query("select id from t")).containsExactly("[a]");
    assertThat(lake.query("select _offset, _step, _code, _message from q order by _offset"))
        .containsExactly(
            "[1,checks,missing-time,The column at has no time, and it is the event time.]",
            "[2,checks,missing-time,The column at has no time, and it is the event time.]",
            "[3,checks,absurd-time,The time in column at lies outside the years 1900 to 2199.]",
            "[4,checks,absurd-time,The time in column at lies outside the years 1900 to 2199.]");
    assertThat(lake.account().expectations())
        .containsExactly(
            new ExpectationCount("event-time-missing", "quarantine", 2),
            new ExpectationCount("event-time-absurd", "quarantine", 2),
            new ExpectationCount("event-time-late", "warn", 1),
            new ExpectationCount("event-time-ahead", "quarantine", 1));

    register(
        lake,
        new EventTimeSpec(
            "at",
            A_WEEK,
            CheckPolicy.WARN,
            Optional.empty(),
            CheckPolicy.WARN,
            Optional.of(CheckPolicy.WARN)));
    lake.archive().put(INGESTED.plusSeconds(1).toEpochMilli(), unusable());
    lake.run();
    assertThat(lake.query("select id, year(at) from t where _offset > 4 order by _offset"))
        .containsExactly("[a,2125]", "[b,null]", "[c,null]", "[d,30489]", "[e,1]");
    assertThat(lake.account().expectations())
        .containsExactly(
            new ExpectationCount("event-time-missing", "warn", 2),
            new ExpectationCount("event-time-absurd", "warn", 2),
            new ExpectationCount("event-time-late", "warn", 1));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  private static List<TestArchive.Message> unusable() {
    return List.of(
        message("a", row("a", "2125-03-01T12:00:00Z")),
        message("b", "{\"id\":\"b\"}"),
        message("c", "{\"id\":\"c\",\"at\":null}"),
        message("d", "{\"id\":\"d\",\"at\":900000000000000}"),
        message("e", row("e", "0001-01-01T00:00:00Z")));
  }

  /** The rows that are deleted are told by their keys. */
  @Test
  void aDeleteOfAChangeEventNeedsNoEventTime() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.defineChangeEvents(
        List.of(ColumnSpec.of("id", "string"), ColumnSpec.of("at", "timestamp")),
        WriteSpec.append(),
        new TargetSpec(lake.table(), null, null));
    lake.specs()
        .dataset(
            lake.specs()
                .dataset("events")
                .orElseThrow()
                .spec()
                .withChecks(
                    new ChecksSpec(
                        List.of(),
                        Optional.empty(),
                        Optional.of(
                            new EventTimeSpec(
                                "at",
                                A_WEEK,
                                CheckPolicy.WARN,
                                AN_HOUR,
                                CheckPolicy.WARN,
                                Optional.of(CheckPolicy.QUARANTINE))))));
    String source = "\"source\":{\"lsn\":%d}";
    lake.archive()
        .put(
            INGESTED.toEpochMilli(),
            List.of(
                message("a", "{\"op\":\"c\",\"after\":{\"id\":\"a\"}," + source.formatted(1) + "}"),
                message(
                    "a", "{\"op\":\"d\",\"before\":{\"id\":\"a\"}," + source.formatted(2) + "}")));
    lake.run();

    assertThat(lake.query("select id, _cdc_op from t")).containsExactly("[a,d]");
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[0,missing-time]");
  }

  private static long c() {
    return INGESTED.plus(Duration.ofHours(1)).toEpochMilli();
  }

  private static void register(
      TestLake lake, EventTimeSpec eventTime, ExpectationSpec... expectations) {
    lake.specs()
        .dataset(
            new DatasetSpec(
                    "events",
                    "events",
                    null,
                    new TargetSpec(lake.table(), null, null),
                    List.of(
                        ColumnSpec.of("id", "string"),
                        ColumnSpec.of("at", "timestamp"),
                        ColumnSpec.of("day", "date")),
                    WriteSpec.append(),
                    null,
                    null,
                    null,
                    null)
                .withChecks(
                    new ChecksSpec(
                        List.of(expectations), Optional.empty(), Optional.of(eventTime))));
  }

  private static String row(String id, String at) {
    return "{\"id\":\"%s\",\"at\":\"%s\"}".formatted(id, at);
  }
}
