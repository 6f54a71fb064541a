package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.File;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PrometheusTextTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-01T00:00:00.500Z"), ZoneOffset.UTC);

  private static List<PipelineSnapshot> twoPipelines() {
    PipelineMetrics orders = new PipelineMetrics("orders", "phase2", CLOCK);
    orders.running();
    orders.committed(new Commit(100, 4_000, 3, Duration.ofMillis(1_250)));
    orders.unmet("known", 2);
    orders.unmet("known", 3);
    orders.unmet("paid", 0);
    orders.behind(7, CLOCK.millis() - 2_500);
    orders.held(CLOCK.instant().plusSeconds(60));
    orders.eventTimeMax(CLOCK.instant().minusMillis(500));
    PipelineMetrics odd = new PipelineMetrics("a\"b\\c\nd", "phase1", CLOCK);
    odd.failed(new TributaryException(ErrorCode.KAFKA_RETENTION_LOSS, "Gone.\nFor good."));
    return List.of(orders.snapshot(), odd.snapshot());
  }

  @Test
  void everyMetricHasItsHelpItsTypeAndASampleAPipeline() {
    String text = PrometheusText.of(twoPipelines());
    String orders = "{pipeline=\"orders\",phase=\"phase2\"} ";
    assertThat(text.lines())
        .contains(
            "# TYPE tributary_pipeline_records_total counter",
            "# HELP tributary_pipeline_lag_records Records that are not yet committed, as last"
                + " seen.",
            "tributary_pipeline_records_total" + orders + "100",
            "tributary_pipeline_bytes_total" + orders + "4000",
            "tributary_pipeline_commits_total" + orders + "1",
            "tributary_pipeline_errors_total" + orders + "0",
            "tributary_pipeline_quarantined_records_total" + orders + "3",
            "tributary_pipeline_expectation_failed_records_total{pipeline=\"orders\",phase=\"phase2\",expectation=\"known\"} 5",
            "tributary_pipeline_expectation_failed_records_total{pipeline=\"orders\",phase=\"phase2\",expectation=\"paid\"} 0",
            "tributary_pipeline_lag_records" + orders + "7",
            "tributary_pipeline_lag_seconds" + orders + "2.5",
            "tributary_pipeline_held_until_timestamp_seconds" + orders + "1767225660",
            "tributary_pipeline_event_time_max_timestamp_seconds" + orders + "1.7672256E9",
            "tributary_pipeline_commit_latency_seconds" + orders + "1.25",
            "tributary_pipeline_last_commit_timestamp_seconds" + orders + "1.7672256005E9",
            "tributary_pipeline_state{pipeline=\"orders\",phase=\"phase2\",state=\"running\"} 1",
            "tributary_pipeline_state{pipeline=\"orders\",phase=\"phase2\",state=\"failed\"} 0");
    assertThat(text).endsWith("\n").doesNotContain("NaN");
  }

  @Test
  void namesAreEscapedAndWhatIsNotKnownHasNoSample() {
    String odd = "{pipeline=\"a\\\"b\\\\c\\nd\",phase=\"phase1\"";
    List<String> lines = PrometheusText.of(twoPipelines()).lines().toList();
    assertThat(lines)
        .contains(
            "tributary_pipeline_errors_total" + odd + "} 1",
            "tributary_pipeline_error_info" + odd + ",code=\"kafka-retention-loss\"} 1")
        .noneMatch(
            line -> line.startsWith("tributary_pipeline_last_commit_timestamp_seconds" + odd))
        .noneMatch(line -> line.contains("Gone."));
  }

  @Test
  void prometheusItselfTakesIt() throws Exception {
    assumeThat(promtool()).as("promtool on the PATH").isTrue();
    Process check =
        new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
    try (OutputStream input = check.getOutputStream()) {
      input.write(PrometheusText.of(twoPipelines()).getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(check.waitFor()).as(said).isZero();
    assertThat(said).isEmpty();
  }

  private static boolean promtool() {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> new File(folder, "promtool").canExecute());
  }
}
