package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.Versioned;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PostponedTest {
  private static final Versioned<String> SEVEN = new Versioned<>(7, 1, "");

  private long now = Long.MAX_VALUE - 5;
  private final Postponed postponed = new Postponed(() -> now);

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void eachFailureDoublesThePauseUpToAMinute() {
    assertThat(postponed.due(SEVEN)).isTrue();
    assertThat(postponed.again(SEVEN)).isTrue();
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      assertThat(postponed.due(SEVEN)).isFalse();
      pass(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(postponed.due(SEVEN)).as("before %d s", seconds).isFalse();
      assertThat(postponed.due(new Versioned<>(8, 1, ""))).as("another version").isTrue();
      assertThat(postponed.due(new Versioned<>(7, 2, ""))).as("made at another time").isTrue();
      pass(Duration.ofNanos(1));
      assertThat(postponed.due(SEVEN)).as("after %d s", seconds).isTrue();
      assertThat(postponed.again(SEVEN)).as("for the first time").isFalse();
    }
  }
}
