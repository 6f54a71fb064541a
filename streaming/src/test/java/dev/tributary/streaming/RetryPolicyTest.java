package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RetryPolicyTest {
  private final RetryPolicy policy =
      new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofSeconds(60));

  @Test
  void theWaitDoublesUpToTheCapAndVariesByHalf() {
    Random random = new Random(7);
    for (int failures = 1; failures < 100; failures++) {
      long full = failures > 6 ? 60_000 : Math.min(60_000, 1_000L << (failures - 1));
      assertThat(policy.backoff(failures, Duration.ZERO, random).toMillis())
          .isBetween(full / 2, full);
    }
  }

  @Test
  void noWaitIsShorterThanTheErrorAsksForUnlessTheCapIs() {
    Random random = new Random(7);
    assertThat(policy.backoff(1, Duration.ofSeconds(5), random)).isEqualTo(Duration.ofSeconds(5));
    assertThat(policy.backoff(1, Duration.ofHours(1), random)).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void aCapBelowTheBaseIsRefused() {
    assertThatThrownBy(() -> new RetryPolicy(1, Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .hasMessage("waits are from PT2S to PT1S, must grow from 0 or more");
  }
}
