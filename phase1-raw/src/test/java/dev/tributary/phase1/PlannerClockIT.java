package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Acceptance;
import dev.tributary.archive.Author;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.streaming.PipelineMetrics;
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
    KafkaConnection connection = KafkaConnection.of(source);
    try (KafkaCluster cluster = new KafkaCluster(connection);
        TopicInspection inspection = new TopicInspection(cluster, opening(cluster))) {
      IngestPlanner planner =
          new IngestPlanner(
              List.of(new TopicIngest(source, ingest.log("set_back"), new HashSet<>())),
              cluster,
              inspection,
              new TaskCutter(
                  connection, new TaskGrouping(2, 1 << 20, 1 << 20), Duration.ofSeconds(15)),
              new IngestMetrics(
                  Map.of("set_back", new PipelineMetrics("set_back", "phase1", clock))),
              new RetryPolicy(3, Duration.ofMillis(50), Duration.ofSeconds(1)),
              clock,
              nanoTime::get);

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
