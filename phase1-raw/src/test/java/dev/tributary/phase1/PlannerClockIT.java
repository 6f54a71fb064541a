package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Acceptance;
import dev.tributary.archive.Author;
import dev.tributary.archive.TopicFailure;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.PipelineState;
import dev.tributary.streaming.RetryPolicy;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The waits of the planner, while the host's clock is corrected. */
@Timeout(120)
final class PlannerClockIT {
  private final TestEnvironment environment = TestEnvironment.get();
  private final SettableClock clock = new SettableClock();
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1);

  @Test
  void aClockThatIsSetBackHoldsUpNoBatch() throws Exception {
    IngestHarness ingest = new IngestHarness(environment.newFolder("archive"));
    environment.createTopic("set_back", 1, Map.of());
    SourceSpec source = ingest.source("set_back", "set_back");
    try (KafkaCluster cluster = new KafkaCluster(KafkaConnection.of(source));
        TopicInspection inspection = new TopicInspection(cluster, opening(cluster))) {
      IngestPlanner planner =
          planner(
              ingest,
              source,
              cluster,
              inspection,
              new PipelineMetrics("set_back", "phase1", clock));

      assertThat(planner.planNext()).as("nothing is there").isEmpty();
      environment.send("set_back", 0, 10);
      clock.move(Duration.ofHours(-1));
      pass(Duration.ofSeconds(5));
      planner.planNext();
      pass(Duration.ofSeconds(60));
      assertThat(planner.planNext()).as("an hour back").isPresent();

      planner.every(Duration.ofSeconds(10));
      pass(Duration.ofSeconds(1));
      assertThat(planner.planNext()).isPresent();
      clock.move(Duration.ofHours(1));
      pass(Duration.ofSeconds(9));
      assertThat(planner.planNext()).as("not due yet").isEmpty();
      pass(Duration.ofSeconds(1));
      assertThat(planner.planNext()).as("what is not held yet is planned again").isPresent();
    }
  }

  @Test
  void aTopicThatWasLeftToAnotherDriverIsTakenUpAgainInTheEnd() throws Exception {
    IngestHarness ingest = new IngestHarness(environment.newFolder("archive"));
    environment.createTopic("contested", 1, Map.of());
    environment.send("contested", 0, 10);
    SourceSpec source = ingest.source("contested", "contested");
    PipelineMetrics metrics = new PipelineMetrics("contested", "phase1", clock);
    try (KafkaCluster cluster = new KafkaCluster(KafkaConnection.of(source));
        TopicInspection inspection = new TopicInspection(cluster, opening(cluster))) {
      IngestPlanner planner = planner(ingest, source, cluster, inspection, metrics);
      assertThat(planner.planNext()).isPresent();
      planner.batchFailed(
          new TopicFailure(
              "contested",
              new TributaryException(ErrorCode.ARCHIVE_CONFLICT, "Another writer has it.")));
      assertThat(planner.allFailed()).isTrue();
      assertThat(metrics.state()).isEqualTo(PipelineState.FAILED);
      pass(Duration.ofSeconds(299));
      assertThat(planner.planNext()).isEmpty();
      pass(Duration.ofSeconds(1));
      assertThat(planner.planNext()).isPresent();
      assertThat(planner.allFailed()).isFalse();
      assertThat(metrics.state()).isEqualTo(PipelineState.RUNNING);
    }
  }

  private IngestPlanner planner(
      IngestHarness ingest,
      SourceSpec source,
      KafkaCluster cluster,
      TopicInspection inspection,
      PipelineMetrics metrics)
      throws Exception {
    return new IngestPlanner(
        List.of(new TopicIngest(source, ingest.log(source.name()), new HashSet<>())),
        cluster,
        inspection,
        new TaskCutter(
            KafkaConnection.of(source),
            new TaskGrouping(2, 1 << 20, 1 << 20),
            Duration.ofSeconds(15)),
        new IngestMetrics(Map.of(source.name(), metrics)),
        new RetryPolicy(3, Duration.ofMillis(50), Duration.ofSeconds(1)),
        clock,
        nanoTime::get);
  }

  private void pass(Duration time) {
    nanoTime.addAndGet(time.toNanos());
  }

  private static ArchiveOpening opening(KafkaCluster cluster) {
    return new ArchiveOpening(
        cluster,
        new StoreProbe(new Configuration(), false),
        new Acceptances(List.of(), List.of(), new Acceptance("operator", "test")),
        new Author("run", "test"),
        Clock.systemUTC());
  }
}
