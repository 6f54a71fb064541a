package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class BatchBudgetTest {
  private static TopicPartition partition(int number) {
    return new TopicPartition("orders", number);
  }

  @Test
  void everythingIsTakenWhereItFits() {
    assertThat(BatchBudget.share(Map.of(partition(0), 60L, partition(1), 40L), 100))
        .isEqualTo(Map.of(partition(0), 60L, partition(1), 40L));
  }

  @Test
  void aBoundIsSharedInProportionToWhatWaits() {
    assertThat(BatchBudget.share(Map.of(partition(0), 900L, partition(1), 100L), 100))
        .isEqualTo(Map.of(partition(0), 90L, partition(1), 10L));
  }

  @Test
  void aPartitionWithNextToNothingIsNotStarved() {
    assertThat(BatchBudget.share(Map.of(partition(0), 1_000_000L, partition(1), 1L), 10))
        .containsEntry(partition(1), 1L);
  }

  @Test
  void noShareExceedsWhatWaitsAndTheSumStaysNearTheBound() {
    Random random = new Random(42);
    for (int round = 0; round < 1_000; round++) {
      Map<TopicPartition, Long> waiting = new TreeMap<>(TopicPartitions.ORDER);
      int partitions = 1 + random.nextInt(20);
      for (int i = 0; i < partitions; i++) {
        waiting.put(partition(i), (long) random.nextInt(1_000));
      }
      long limit = 1 + random.nextInt(2_000);
      Map<TopicPartition, Long> shares = BatchBudget.share(waiting, limit);

      assertThat(shares.keySet())
          .containsExactlyInAnyOrderElementsOf(
              waiting.keySet().stream().filter(key -> waiting.get(key) > 0).toList());
      shares.forEach((key, share) -> assertThat(share).isBetween(1L, waiting.get(key)));
      assertThat(shares.values().stream().mapToLong(Long::longValue).sum())
          .isLessThanOrEqualTo(limit + partitions);
    }
  }
}
