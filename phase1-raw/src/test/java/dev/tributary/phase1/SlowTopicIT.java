package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A topic whose leaders do not answer, in a query with one whose leaders do. */
@Timeout(240)
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
    try (PlannerHarness plans =
        new PlannerHarness(ingest, connection, leaders.admin(), SLOW, PROMPT)) {
      IngestPlanner planner = plans.planner();
      planner.stopAtPresentEnds();

      assertThat(plans.planned()).containsExactly(PROMPT);
      // Each plan looks anew; what is not held yet is planned again.
      long begun = System.nanoTime();
      for (int plan = 0; plan < 30; plan++) {
        assertThat(plans.planned()).containsExactly(PROMPT);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("thirty plans beside a topic that does not answer")
          .isLessThan(Duration.ofSeconds(20));
      assertThat(leaders.questions()).as("its first and its last offset, once").isEqualTo(2);
      assertThat(planner.nextAttempt()).as("a run up to now waits for the answer").isPresent();
      assertThat(planner.allFailed()).isFalse();

      leaders.recover();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(plans.planned()).containsExactly(PROMPT, SLOW));
      assertThat(planner.nextAttempt()).isEmpty();
    }
  }
}
