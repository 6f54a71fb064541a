package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PostponedTest {
  private long now = Long.MAX_VALUE - 5;
  private final Postponed postponed = new Postponed(() -> now);

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void eachFailureDoublesThePauseUpToAMinute() {
    assertThat(postponed.due(7)).isTrue();
    assertThat(postponed.again(7)).isTrue();
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      assertThat(postponed.due(7)).isFalse();
      pass(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(postponed.due(7)).as("before %d s", seconds).isFalse();
      assertThat(postponed.due(8)).as("another version").isTrue();
      pass(Duration.ofNanos(1));
      assertThat(postponed.due(7)).as("after %d s", seconds).isTrue();
      assertThat(postponed.again(7)).as("for the first time").isFalse();
    }
  }
}
