package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Acceptance;
import dev.tributary.archive.Author;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RetryPolicy;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A topic whose leaders do not answer, in a query with one whose leaders do. */
@Timeout(120)
final class SlowTopicIT {
  private static final String SLOW = "without_leader";
  private static final String PROMPT = "with_leader";

  private final TestEnvironment environment = TestEnvironment.get();

  @Test
  void aTopicWithoutALeaderHoldsUpNoBatchOfTheOthersAndIsPlannedOnceItAnswers() throws Exception {
    IngestHarness ingest = new IngestHarness(environment.newFolder("archive"));
    environment.createTopic(SLOW, 1, Map.of());
    environment.createTopic(PROMPT, 1, Map.of());
    environment.send(SLOW, 0, 10);
    environment.send(PROMPT, 0, 10);
    KafkaConnection connection = KafkaConnection.of(ingest.source("both", SLOW, PROMPT));
    SlowLeaders leaders = new SlowLeaders(connection.admin(), SLOW);
    try (KafkaCluster cluster = new KafkaCluster(connection, leaders.admin());
        TopicInspection inspection = new TopicInspection(cluster, opening(cluster))) {
      IngestPlanner planner = planner(ingest, connection, cluster, inspection);
      planner.stopAtPresentEnds();

      assertThat(planned(planner)).containsExactly(PROMPT);
      // Each plan looks anew; what is not held yet is planned again.
      long begun = System.nanoTime();
      for (int plan = 0; plan < 10; plan++) {
        assertThat(planned(planner)).containsExactly(PROMPT);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("ten plans beside a topic that does not answer")
          .isLessThan(Duration.ofSeconds(5));
      assertThat(leaders.questions()).as("its first and its last offset, once").isEqualTo(2);
      assertThat(planner.nextAttempt()).as("a run up to now waits for the answer").isPresent();
      assertThat(planner.allFailed()).isFalse();

      leaders.recover();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(planned(planner)).containsExactly(PROMPT, SLOW));
      assertThat(planner.nextAttempt()).isEmpty();
    }
  }

  private static Set<String> planned(IngestPlanner planner) {
    return planner.planNext().map(plan -> new TreeSet<>(plan.topics().keySet())).orElseThrow();
  }

  private static ArchiveOpening opening(KafkaCluster cluster) {
    return new ArchiveOpening(
        cluster,
        new StoreProbe(new Configuration(), false),
        new Acceptances(List.of(), List.of(), new Acceptance("operator", "test")),
        new Author("run", "test"),
        Clock.systemUTC());
  }

  private static IngestPlanner planner(
      IngestHarness ingest,
      KafkaConnection connection,
      KafkaCluster cluster,
      TopicInspection inspection) {
    return new IngestPlanner(
        List.of(
            new TopicIngest(ingest.source("slow", SLOW), ingest.log(SLOW)),
            new TopicIngest(ingest.source("prompt", PROMPT), ingest.log(PROMPT))),
        cluster,
        inspection,
        new TaskCutter(connection, new TaskGrouping(2, 1 << 20, 1 << 20)),
        new IngestMetrics(
            Map.of(
                "slow", new PipelineMetrics("slow", "phase1", Clock.systemUTC()),
                "prompt", new PipelineMetrics("prompt", "phase1", Clock.systemUTC()))),
        new RetryPolicy(3, Duration.ofMillis(50), Duration.ofSeconds(1)),
        Clock.systemUTC());
  }
}
