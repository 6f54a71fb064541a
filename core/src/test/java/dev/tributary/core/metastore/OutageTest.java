package dev.tributary.core.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OutageTest {
  private long now = Long.MAX_VALUE - Duration.ofSeconds(20).toNanos();
  private final Outage outage = new Outage(() -> now);

  private void fails(ErrorCode code, Duration after) {
    assertThatThrownBy(
            () ->
                outage.asking(
                    () -> {
                      now += after.toNanos();
                      throw new TributaryException(code, "no answer");
                    }))
        .hasMessage("no answer");
  }

  @Test
  void whoeverLetsOneWaitIsLeftAloneFourTimesAsLong() {
    outage.requireOver();
    fails(ErrorCode.METASTORE_UNAVAILABLE, Duration.ofSeconds(5));
    assertThatThrownBy(outage::requireOver)
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.METASTORE_UNAVAILABLE))
        .hasMessage("no answer");
    now += Duration.ofSeconds(20).toNanos() - 1;
    assertThatThrownBy(outage::requireOver).hasMessage("no answer");
    now += 1;
    outage.requireOver();
  }

  @Test
  void noLongerThanAMinute() {
    fails(ErrorCode.METASTORE_UNAVAILABLE, Duration.ofSeconds(30));
    now += Duration.ofMinutes(1).toNanos();
    outage.requireOver();
  }

  @Test
  void whatFailsAtOnceOrAnswersIsAskedAgain() {
    fails(ErrorCode.METASTORE_UNAVAILABLE, Duration.ofMillis(499));
    outage.requireOver();
    fails(ErrorCode.METASTORE_REFUSED, Duration.ofSeconds(5));
    outage.requireOver();
    fails(ErrorCode.METASTORE_UNAVAILABLE, Duration.ofSeconds(5));
    assertThat(outage.<Integer>asking(() -> 1)).isEqualTo(1);
    outage.requireOver();
  }
}
