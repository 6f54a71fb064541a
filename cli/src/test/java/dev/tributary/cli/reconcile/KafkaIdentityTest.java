package dev.tributary.cli.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Genesis;
import dev.tributary.core.spec.Isolation;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class KafkaIdentityTest {
  private static final Genesis GENESIS =
      new Genesis("orders", "cluster-a", "id-1", Isolation.READ_COMMITTED, List.of());

  @Test
  void theSameTopicOfTheSameClusterIsNothingToSpeakOf() {
    assertThat(new KafkaIdentity("cluster-a", Map.of("orders", "id-1")).otherThan(GENESIS))
        .isEmpty();
  }

  @Test
  void anotherClusterATopicThatIsGoneAndOneCreatedAgainAreTold() {
    assertThat(new KafkaIdentity("cluster-b", Map.of("orders", "id-1")).otherThan(GENESIS))
        .hasValueSatisfying(
            why ->
                assertThat(why).contains("the Kafka cluster cluster-a", "are cluster cluster-b"));
    assertThat(new KafkaIdentity("cluster-a", Map.of()).otherThan(GENESIS))
        .hasValueSatisfying(
            why -> assertThat(why).startsWith("orders: Kafka has no such topic any more"));
    assertThat(new KafkaIdentity("cluster-a", Map.of("orders", "id-2")).otherThan(GENESIS))
        .hasValueSatisfying(why -> assertThat(why).contains("its id is id-2, the archive's id-1"));
  }

  @Test
  void idsThatTheBrokersDidNotTellOnceDoNotMakeATopicCreatedAgain() {
    assertThat(new KafkaIdentity("cluster-a", Map.of("orders", "unknown")).otherThan(GENESIS))
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .isEqualTo(
                        "orders: whether it is the archive's topic cannot be known (the archive's cluster id is cluster-a, its topic id id-1; the brokers tell cluster-a and unknown)."));
    Genesis old =
        new Genesis(
            "orders", "cluster-a", "AAAAAAAAAAAAAAAAAAAAAA", Isolation.READ_COMMITTED, List.of());
    assertThat(new KafkaIdentity("cluster-a", Map.of("orders", "unknown")).otherThan(old))
        .isEmpty();
  }

  @Test
  void whatIsComparedWithAnotherTopicDoesNotBalance() {
    PlanFacts plans =
        new PlanFacts(
            OptionalLong.of(0),
            false,
            10,
            10,
            Map.of("read", 10L, "inserted", 10L),
            OptionalLong.of(0),
            List.of(),
            OptionalLong.empty());
    Reconciliation alone =
        Reconciliation.of(
            "orders",
            "table",
            List.of(),
            List.of(new HeldPartition("orders", 0, 0, 10, 10, Map.of(), 0, 0)),
            plans);
    assertThat(alone.verdict()).isEqualTo(Verdict.BALANCED);
    Reconciliation told =
        alone.with(
            new TopicsCompared(
                Map.of("orders", "orders: created again."), Map.of("orders", "id-2"), List.of()));
    assertThat(told.verdict()).isEqualTo(Verdict.UNACCOUNTED);
    assertThat(told.findings()).containsExactly("orders: created again.");
    assertThat(told.otherIds()).isEqualTo(Map.of("orders", "id-2"));
    assertThat(alone.with(new TopicsCompared(Map.of(), Map.of(), List.of()))).isEqualTo(alone);
    assertThat(alone.with(new TopicsCompared(Map.of(), Map.of(), List.of("none yet"))).verdict())
        .isEqualTo(Verdict.WAITING);
  }
}
