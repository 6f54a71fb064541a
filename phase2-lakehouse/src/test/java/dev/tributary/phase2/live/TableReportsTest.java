package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.metastore.TableReport;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.KnownSpecs;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When tables are reported; of a dataset that has none yet. */
final class TableReportsTest {
  private static final Duration INTERVAL = Duration.ofMinutes(5);

  @TempDir private Path folder;
  private final KnownSpecs specs = new KnownSpecs();
  private long now = Long.MAX_VALUE - 5;
  private Duration aLookTakes = Duration.ZERO;
  private int looks;

  @BeforeEach
  void aDataset() {
    specs.source("events", "events", folder.resolve("raw").toUri().toString());
    specs.dataset(
        new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec(folder.resolve("lake/events").toUri().toString(), null, null),
            List.of(ColumnSpec.of("id", "bigint")),
            WriteSpec.append(),
            null,
            null,
            null,
            null));
  }

  @Test
  void aRunUpToNowReportsWhenItEndsAndOnlyWhatHasChanged() {
    TableReports idle = reports(new TriggerSpec.AvailableNow(), INTERVAL);
    idle.seen(plan(0, 7));
    idle.seen(plan(0, 7));
    idle.now();
    idle.last(new StopSignal());
    assertThat(specs.tables()).isEmpty();

    TableReports busy = reports(new TriggerSpec.AvailableNow(), INTERVAL);
    busy.seen(Optional.empty());
    busy.seen(plan(0, 0));
    busy.now();
    assertThat(specs.tables()).as("before the interval is over").isEmpty();
    busy.last(new StopSignal());
    busy.last(new StopSignal());
    assertThat(specs.tables()).hasSize(1);
    TableReport report = specs.tables().get(0);
    assertThat(report.run()).isEqualTo("run");
    assertThat(report.at()).isEqualTo(1);
    assertThat(report.tiers().location()).endsWith("lake/events");
    assertThat(report.tiers().table()).isEmpty();
    assertThat(report.tiers().archive().get(0).topic()).isEqualTo("events");
  }

  @Test
  void aRunThatGoesOnReportsOnceAnIntervalWhilePlansAreDone() {
    TableReports reports = reports(new TriggerSpec.Every(Duration.ofSeconds(1)), INTERVAL);
    reports.now();
    assertThat(specs.tables()).isEmpty();
    now += INTERVAL.toNanos();
    reports.now();
    reports.now();
    assertThat(specs.tables()).as("once, since the table may have changed before").hasSize(1);

    now += INTERVAL.toNanos();
    reports.now();
    assertThat(specs.tables()).as("nothing was done").hasSize(1);
    reports.seen(plan(0, 3));
    reports.seen(plan(1, 3));
    reports.now();
    assertThat(specs.tables()).as("a generation more").hasSize(2);
  }

  @Test
  void whatCouldNotBeToldIsToldAfterAnotherInterval() {
    TableReports reports = reports(new TriggerSpec.Every(Duration.ofSeconds(1)), INTERVAL);
    specs.loseReports(1);
    now += INTERVAL.toNanos();
    reports.now();
    reports.now();
    assertThat(specs.tables()).isEmpty();
    now += INTERVAL.toNanos();
    reports.now();
    assertThat(specs.tables()).hasSize(1);
  }

  @Test
  void nothingIsToldWhereNothingIsAskedFor() {
    TableReports reports = reports(new TriggerSpec.Every(Duration.ofSeconds(1)), Duration.ZERO);
    reports.now();
    reports.last(new StopSignal());
    assertThat(specs.tables()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"METASTORE_REFUSED", "METASTORE_DENIED"})
  void whatIsRefusedTwiceIsNotLookedAtAgain(ErrorCode code) {
    TableReports reports = reports(new TriggerSpec.Every(Duration.ofSeconds(1)), INTERVAL);
    specs.refuseTable(code, 1);
    now += INTERVAL.toNanos();
    reports.now();
    assertThat(specs.tables()).isEmpty();
    now += INTERVAL.toNanos();
    reports.now();
    assertThat(specs.tables()).as("one refusal is tried again").hasSize(1);

    specs.refuseTable(code, Integer.MAX_VALUE);
    reports.seen(plan(0, 3));
    for (int plan = 4; plan < 7; plan++) {
      now += INTERVAL.toNanos();
      reports.seen(plan(0, plan));
      reports.now();
    }
    reports.last(new StopSignal());
    assertThat(looks).isEqualTo(4);
    assertThat(specs.tables()).hasSize(1);
  }

  @Test
  void whatTakesLongIsDoneSeldom() {
    TableReports reports = reports(new TriggerSpec.Every(Duration.ofSeconds(1)), INTERVAL);
    aLookTakes = Duration.ofMinutes(1);
    now += INTERVAL.toNanos();
    reports.now();
    reports.seen(plan(0, 3));
    reports.seen(plan(0, 4));
    now += Duration.ofMinutes(19).toNanos();
    reports.now();
    assertThat(looks).isEqualTo(1);
    now += Duration.ofMinutes(1).toNanos();
    reports.now();
    assertThat(looks).isEqualTo(2);
  }

  @Test
  void aRunThatIsToldToStopLooksAtNothing() {
    TableReports reports = reports(new TriggerSpec.AvailableNow(), INTERVAL);
    reports.seen(plan(0, 3));
    reports.seen(plan(0, 4));
    StopSignal stop = new StopSignal();
    stop.request();
    reports.last(stop);
    assertThat(looks).isZero();
  }

  private TableReports reports(TriggerSpec trigger, Duration interval) {
    return new TableReports(
        specs,
        () -> {
          looks++;
          now += aLookTakes.toNanos();
          return new Configuration();
        },
        "events",
        "run",
        new LiveSettings(trigger, Duration.ofSeconds(1), Duration.ofSeconds(1), interval),
        Clock.fixed(Instant.ofEpochMilli(1), ZoneOffset.UTC),
        () -> now);
  }

  private static Optional<PlanAccount> plan(int generation, long number) {
    return Optional.of(
        new PlanAccount(
            1,
            number,
            generation,
            generation + "/" + number,
            "run",
            1,
            PlanOutcome.COMMITTED,
            "events",
            1,
            PlanCounts.NONE,
            null,
            List.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            Optional.empty(),
            List.of()));
  }
}
