package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.archive.TopicFailure;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class IngestPlannerIT {
  private final TestEnvironment environment = TestEnvironment.get();

  @Test
  void aTopicOfWhichAStoreRefusesABatchIsTriedAgainIfItWasWellBefore() throws Exception {
    environment.createTopic("never_well", 1, Map.of());
    environment.createTopic("well_before", 1, Map.of());
    environment.send("never_well", 0, 10);
    try (PlannerHarness never = plans("never_well");
        PlannerHarness before = plans("well_before")) {
      assertThat(never.planned()).containsExactly("never_well");
      assertThat(never.planner().batchFailed(refused("never_well"))).isTrue();
      assertThat(never.planner().allFailed()).isTrue();

      assertThat(before.planner().planNext()).isEmpty();
      environment.send("well_before", 0, 10);
      for (int attempt = 1; attempt < PlannerHarness.ATTEMPTS; attempt++) {
        awaitPlan(before);
        assertThat(before.planner().batchFailed(refused("well_before"))).isTrue();
        assertThat(before.planner().allFailed()).isFalse();
        assertThat(before.planner().nextAttempt()).isPresent();
      }
      awaitPlan(before);
      assertThat(before.planner().batchFailed(refused("well_before"))).isTrue();
      assertThat(before.planner().allFailed()).as("after as many attempts as any").isTrue();
    }
  }

  private PlannerHarness plans(String topic) throws Exception {
    IngestHarness ingest = new IngestHarness(environment.newFolder("archive"));
    KafkaConnection connection = KafkaConnection.of(ingest.source(topic, topic));
    return new PlannerHarness(ingest, connection, connection.admin(), topic);
  }

  private static void awaitPlan(PlannerHarness plans) {
    await().atMost(Duration.ofSeconds(30)).until(() -> plans.planner().planNext().isPresent());
  }

  private static TopicFailure refused(String topic) {
    return new TopicFailure(
        topic, new TributaryException(ErrorCode.STORE_REFUSED, "The key is not known."));
  }
}
