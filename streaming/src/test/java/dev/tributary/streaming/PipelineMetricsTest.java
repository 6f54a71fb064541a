package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PipelineMetricsTest {
  private static final class TestClock extends Clock {
    private Instant now = Instant.parse("2026-11-21T08:00:00Z");

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }

    void pass(Duration time) {
      now = now.plus(time);
    }
  }

  private final TestClock clock = new TestClock();
  private final PipelineMetrics metrics = new PipelineMetrics("orders", "phase1", clock);

  @Test
  void commitsAddUpAndTheRateIsThatOfTheLastMinute() {
    clock.pass(Duration.ofSeconds(10));
    metrics.committed(new Commit(1_000, 9_000, 3, Duration.ofMillis(1_500)));
    assertThat(metrics.snapshot().recordsPerSecond()).isEqualTo(100.0);

    clock.pass(Duration.ofMinutes(5));
    metrics.committed(new Commit(60, 500, 0, Duration.ofMillis(250)));

    PipelineSnapshot now = metrics.snapshot();
    assertThat(now.recordsIngested()).isEqualTo(1_060);
    assertThat(now.bytes()).isEqualTo(9_500);
    assertThat(now.quarantined()).isEqualTo(3);
    assertThat(now.commitLatencySeconds()).isEqualTo(0.25);
    assertThat(now.recordsPerSecond()).isEqualTo(1.0);
    assertThat(now.lastCommit()).contains("2026-11-21T08:05:10Z");
  }

  @Test
  void lagGrowsWithTheClockWhileARecordWaitsAndIsZeroWhenNoneDoes() {
    metrics.behind(5, clock.instant().toEpochMilli());
    clock.pass(Duration.ofSeconds(90));
    assertThat(metrics.snapshot().lagSeconds()).isEqualTo(90.0);
    assertThat(metrics.snapshot().lagRecords()).isEqualTo(5);

    metrics.caughtUp();
    assertThat(metrics.snapshot().lagSeconds()).isZero();
    assertThat(metrics.snapshot().lagRecords()).isZero();
  }

  @Test
  void whatIsHeldIsSoUntilItsTimeIsOverOrALookSaysOtherwise() throws Exception {
    metrics.behind(5, clock.instant().toEpochMilli());
    assertThat(metrics.snapshot().heldUntil()).isEmpty();
    metrics.held(clock.instant().plusSeconds(60));
    assertThat(metrics.snapshot().heldUntil()).contains("2026-11-21T08:01:00Z");
    assertThat(Json.mapper().writeValueAsString(metrics.snapshot()))
        .contains("\"held_until\":\"2026-11-21T08:01:00Z\"");

    clock.pass(Duration.ofSeconds(60));
    assertThat(metrics.snapshot().heldUntil()).as("a driver that does not keep to it").isEmpty();
    assertThat(Json.mapper().writeValueAsString(metrics.snapshot())).doesNotContain("held_until");

    metrics.held(clock.instant().plusSeconds(60));
    metrics.behind(6, clock.instant().toEpochMilli());
    assertThat(metrics.snapshot().heldUntil()).isEmpty();
    metrics.held(clock.instant().plusSeconds(60));
    metrics.caughtUp();
    assertThat(metrics.snapshot().heldUntil()).isEmpty();
  }

  @Test
  void theWatermarkIsThereOnceThereIsOne() throws Exception {
    assertThat(Json.mapper().writeValueAsString(metrics.snapshot()))
        .doesNotContain("event_time_max");

    metrics.eventTimeMax(clock.instant());

    assertThat(Json.mapper().writeValueAsString(metrics.snapshot()))
        .contains("\"event_time_max\":\"2026-11-21T08:00:00Z\"");
  }

  @Test
  void anErrorIsShownUntilThePipelineRunsAgain() {
    metrics.retrying(new TributaryException(ErrorCode.KAFKA_UNAVAILABLE, "Away."));
    assertThat(metrics.snapshot().state()).isEqualTo("retrying");
    assertThat(metrics.snapshot().errorCode()).contains("kafka-unavailable");

    metrics.running();
    assertThat(metrics.snapshot().error()).isEmpty();
    assertThat(metrics.snapshot().errors()).isEqualTo(1);
  }

  @Test
  void theSnapshotIsAFlatObjectWithTheAgreedNames() throws Exception {
    metrics.committed(new Commit(1, 1, 0, Duration.ZERO));
    metrics.unmet("paid", 2);
    Map<?, ?> json =
        Json.mapper().readValue(Json.mapper().writeValueAsString(metrics.snapshot()), Map.class);
    assertThat(json.values()).noneMatch(Map.class::isInstance);
    assertThat(json.keySet().stream().map(Object::toString))
        .contains(
            "pipeline",
            "phase",
            "timestamp",
            "records_ingested",
            "lag_seconds",
            "last_commit",
            "lag_records",
            "records_per_second",
            "commit_latency_seconds",
            "expectation_failed_paid",
            "errors",
            "quarantined");
  }
}
