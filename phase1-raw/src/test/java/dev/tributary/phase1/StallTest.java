package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class StallTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final AtomicLong clock = new AtomicLong();
  private final Stall stall = new Stall(clock::get);

  private void pass(long seconds) {
    clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  private void askFor(long seconds) {
    stall.ask();
    pass(seconds);
    stall.answered();
  }

  @Test
  void aBrokerThatIsAskedInVainForTooLongIsStalled() {
    askFor(40);
    assertThat(stall.longerThan(PATIENCE)).isFalse();
    askFor(21);
    assertThat(stall.longerThan(PATIENCE)).isTrue();
    stall.progress();
    assertThat(stall.longerThan(PATIENCE)).isFalse();
  }

  @Test
  void theTimeThatWritingTakesIsNotTheBrokers() {
    for (int i = 0; i < 10; i++) {
      askFor(1);
      pass(300);
    }
    assertThat(stall.longerThan(PATIENCE)).isFalse();
  }

  @Test
  void thePatienceHalvesWithEachStallDownToAFewPolls() {
    assertThat(Stall.shortened(PATIENCE, 0)).isEqualTo(PATIENCE);
    assertThat(Stall.shortened(PATIENCE, 1)).isEqualTo(Duration.ofSeconds(30));
    assertThat(Stall.shortened(PATIENCE, 2)).isEqualTo(Duration.ofSeconds(15));
    assertThat(Stall.shortened(PATIENCE, 1000)).isEqualTo(Duration.ofSeconds(8));
    assertThat(Stall.shortened(Duration.ofSeconds(1), 3)).isEqualTo(Duration.ofSeconds(1));
  }
}
